/** How a service that integrations of REST APIs may call takes the name of an operation. */
export interface IntegrationService {
  /**
   * `query`: as the parameter Action. `json`: in `X-Amz-Target`, after a prefix. Without: operations are methods and paths, so that URIs with `action/`
   * name none.
   */
  readonly actions?:
    | { readonly kind: "query"; readonly version: string }
    | { readonly kind: "json"; readonly prefix: string; readonly contentType: string };
}

const json = (prefix: string, version: "1.0" | "1.1"): IntegrationService => ({
  actions: { kind: "json", prefix, contentType: `application/x-amz-json-${version}` },
});
const query = (version: string): IntegrationService => ({ actions: { kind: "query", version } });

/** By name in URIs and in signatures. Functions are called in another way. */
export const INTEGRATION_SERVICES: Readonly<Record<string, IntegrationService>> = Object.assign(Object.create(null), {
  dynamodb: json("DynamoDB_20120810", "1.0"),
  events: json("AWSEvents", "1.1"),
  kinesis: json("Kinesis_20131202", "1.1"),
  logs: json("Logs_20140328", "1.1"),
  monitoring: query("2010-08-01"),
  s3: {},
  scheduler: {},
  secretsmanager: json("secretsmanager", "1.1"),
  sns: query("2010-03-31"),
  sqs: query("2012-11-05"),
  ssm: json("AmazonSSM", "1.1"),
});

/** The parts of `arn:aws:apigateway:{region}:{subdomain.service}:{path|action}/{rest}`. */
export interface IntegrationUri {
  readonly region: string;
  readonly subdomain: string | undefined;
  readonly service: string;
  readonly kind: "path" | "action";
  /** What follows `path/` or `action/`. */
  readonly rest: string;
}

const URI = /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):(?:([a-z0-9.-]+)\.)?([a-z0-9-]+):(path|action)\/(.*)$/s;

/** `undefined` for what is not the URI of a service. https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html */
export function parseIntegrationUri(uri: string): IntegrationUri | undefined {
  const [, region, subdomain, service, kind, rest] = URI.exec(uri) ?? [];
  if (region === undefined || service === undefined || rest === undefined) return undefined;
  return { region, subdomain, service, kind: kind as IntegrationUri["kind"], rest };
}
