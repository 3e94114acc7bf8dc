/** What a request to the extension asks of a service. */
export interface ParametersRequest {
  readonly service: "ssm" | "secretsmanager";
  /** As in `X-Amz-Target`. */
  readonly target: "AmazonSSM.GetParameter" | "secretsmanager.GetSecretValue";
  readonly input: Readonly<Record<string, unknown>>;
}

const PARAMETERS = /^\/systemsmanager\/parameters\/get\/?$/;
const SECRETS = /^\/secretsmanager\/get\/?$/;

/** Whether a request's path is one of the extension's. */
export function isParametersPath(url: string): boolean {
  const { pathname } = new URL(url, "http://localhost");
  return PARAMETERS.test(pathname) || SECRETS.test(pathname);
}

/** The call that a request's path and query stand for; a sentence where they stand for none. */
export function parametersRequest(url: string): ParametersRequest | string {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const text = (name: string): string | undefined => searchParams.get(name) || undefined;
  if (SECRETS.test(pathname)) {
    const SecretId = text("secretId");
    if (SecretId === undefined) return "secretId is required";
    const input = { SecretId, VersionId: text("versionId"), VersionStage: text("versionStage") };
    return { service: "secretsmanager", target: "secretsmanager.GetSecretValue", input };
  }
  const name = text("name");
  const [version, label] = [text("version"), text("label")];
  if (name === undefined) return "name is required";
  if (version !== undefined && label !== undefined) return "version and label cannot be used together";
  const selector = version ?? label;
  const input = {
    Name: selector === undefined ? name : `${name}:${selector}`,
    WithDecryption: /^(true|1|t)$/i.test(text("withDecryption") ?? ""),
  };
  return { service: "ssm", target: "AmazonSSM.GetParameter", input };
}
