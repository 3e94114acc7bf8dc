import type { IncomingMessage, ServerResponse } from "node:http";
import type { FunctionVersion } from "@hearth/model";

/** Hearth's own AWS API as functions reach it from inside their sandboxes. */
export interface SandboxApi {
  /** Answers a request that came out of this sandbox. */
  handle(request: IncomingMessage, response: ServerResponse, sandboxId: string): void;
  /** Credentials of the function's execution role that hold for this sandbox alone. */
  credentials(version: FunctionVersion, sandboxId: string): Promise<SandboxCredentials>;
  /** How old an environment may become: its credentials are variables and cannot be renewed. */
  readonly maxAgeMs: number;
}

export interface SandboxCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Of the services that Hearth answers. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const ENDPOINT_VARIABLES = [
  "AWS_ENDPOINT_URL_LAMBDA",
  "AWS_ENDPOINT_URL_STS",
  "AWS_ENDPOINT_URL_IAM",
  "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
];
/** Whoever sets one of these has said where SDKs shall go. */
const USERS_OWN = ["AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];

/** Variables that lead SDKs to Hearth, where the user has not set them: the runtime inside knows the address. */
export function endpointVariables(version: FunctionVersion): readonly string[] {
  const users = version.configuration.Environment?.Variables ?? {};
  if (USERS_OWN.some((name) => name in users)) return [];
  return ENDPOINT_VARIABLES.filter((name) => !(name in users));
}

export function credentialVariables(credentials: SandboxCredentials): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
