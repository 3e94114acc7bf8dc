import type { IncomingMessage, ServerResponse } from "node:http";
import type { FunctionVersion } from "@hearth/model";

/** Hearth's own AWS API as functions reach it from inside their sandboxes. */
export interface SandboxApi {
  /** Answers a request that came out of this sandbox. */
  handle(request: IncomingMessage, response: ServerResponse, sandboxId: string): void;
  /** Credentials of the function's execution role that hold for this sandbox alone. */
  credentials(version: FunctionVersion, sandboxId: string): Promise<SandboxCredentials>;
  /** Variables from which AWS SDKs take the endpoints of the services that Hearth answers, such as AWS_ENDPOINT_URL_LAMBDA. */
  readonly endpointVariables: readonly string[];
  /** The port of the host's loopback under which clients reach Hearth; absent where they reach it by another name. */
  readonly linkPort?: () => number | undefined;
  /** How old an environment may become: its credentials are variables and cannot be renewed. */
  readonly maxAgeMs: number;
}

export interface SandboxCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A user who sets one of these has decided where SDKs connect to. */
const USERS_OWN = ["AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];

/** Those of `all` that the user has not set. The runtime inside the sandbox knows the address and sets them. */
export function endpointVariables(version: FunctionVersion, all: readonly string[]): readonly string[] {
  const users = version.configuration.Environment?.Variables ?? {};
  if (USERS_OWN.some((name) => name in users)) return [];
  return all.filter((name) => !(name in users));
}

export function credentialVariables(credentials: SandboxCredentials): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
