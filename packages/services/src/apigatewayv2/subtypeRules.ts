import { INTEGRATION_SUBTYPES } from "@hearth/apis";
import { NotImplementedException } from "@hearth/model";
import { BadRequestException } from "./errors.ts";
import type { Settings } from "./partOperations.ts";

interface SubtypeDocument extends Settings {
  readonly integrationType: string;
  readonly integrationUri?: string;
  readonly integrationMethod?: string;
  readonly payloadFormatVersion?: string;
  readonly credentialsArn?: string;
  readonly requestParameters?: Readonly<Record<string, string>>;
}

/** Of services that Hearth does not have. */
const NOT_BUILT = /^(?:StepFunctions-(?:StartExecution|StartSyncExecution|StopExecution)|AppConfig-GetConfiguration)$/;
const SOURCE =
  /^(?:\$request\.(?:(?:header|querystring|path)\.\S+|path|body(?:\..+)?)|\$context\.\S+|\$stageVariables\.[A-Za-z0-9_]+)$/s;
const EXPRESSION = /\$\{([^}]*)\}/g;

/**
 * Checks an integration that names an operation of a service, and adds what the client left out.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
 */
export function ofSubtype(settings: SubtypeDocument, name: string, protocol: string): Settings {
  if (NOT_BUILT.test(name)) throw new NotImplementedException(`The integration subtype ${name} is not built.`);
  const subtype = INTEGRATION_SUBTYPES[name];
  if (!subtype) throw new BadRequestException(`Invalid integration subtype specified: ${name}`);
  if (protocol !== "HTTP" || settings.integrationType !== "AWS_PROXY") {
    throw new BadRequestException(
      "Integration subtypes are only supported for integrations of type AWS_PROXY of HTTP APIs",
    );
  }
  const { integrationUri, credentialsArn, payloadFormatVersion = "1.0", requestParameters = {} } = settings;
  if (integrationUri !== undefined) {
    throw new BadRequestException("IntegrationUri is not supported for integrations with an IntegrationSubtype");
  }
  if (payloadFormatVersion !== "1.0") {
    throw new BadRequestException(`PayloadFormatVersion must be 1.0 for the integration subtype ${name}`);
  }
  if (credentialsArn === undefined) {
    throw new BadRequestException(`CredentialsArn is a required parameter for the integration subtype ${name}`);
  }
  const missing = subtype.required.filter((parameter) => !Object.hasOwn(requestParameters, parameter));
  if (missing.length > 0) {
    throw new BadRequestException(
      `Missing required parameters for the integration subtype ${name}: ${missing.join(", ")}`,
    );
  }
  for (const [parameter, source] of Object.entries(requestParameters)) {
    if (!subtype.required.includes(parameter) && !subtype.optional.includes(parameter)) {
      throw new BadRequestException(`Invalid parameter for the integration subtype ${name}: ${parameter}`);
    }
    if (!isSource(source)) {
      throw new BadRequestException(
        `Invalid selection expression specified: Validation Result: warnings : [], errors : [Invalid source: ${source} specified for destination: ${parameter}]`,
      );
    }
  }
  return { ...settings, payloadFormatVersion };
}

/** One expression, text, or text with expressions in `${…}`. */
function isSource(source: string): boolean {
  if (source.startsWith("$") && !source.startsWith("${")) return SOURCE.test(source);
  return [...source.matchAll(EXPRESSION)].every(([, inner]) => SOURCE.test(`$${inner}`));
}
