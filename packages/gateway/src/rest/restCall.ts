import type { RestApiKey, RestRoute, RestStage } from "@hearth/apis";
import type { Caller } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { executeApiArn } from "../http/httpCall.ts";
import type { FailureReason } from "../failureReason.ts";
import type { HttpRequest } from "../httpRequest.ts";
import type { ExecutionTrace } from "./executionTrace.ts";
import type { GatewayFailure } from "./gatewayFailure.ts";

/** One request for a stage of a REST API. */
export interface RestCall {
  readonly request: HttpRequest;
  readonly api: ApiRecord;
  readonly stage: RestStage;
  /** `undefined` when the API has no such method. */
  readonly route: RestRoute | undefined;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Raw, within the stage. */
  readonly path: string;
  /** `path` of events: raw, with the base path of a custom domain name. */
  readonly eventPath: string;
  /** Raw, with the stage, or with the base path of a custom domain name. */
  readonly fullPath: string;
  /** The body, read when it is first asked for. Rejects with `BodyTooLarge`. */
  readonly body: () => Promise<Buffer>;
  readonly learned: Learned;
  /** What is done for it is written down: for the execution log of its stage, or because the call is a test. */
  readonly trace: ExecutionTrace | undefined;
}

/** A call whose method was found. */
export interface RoutedCall extends RestCall {
  readonly route: RestRoute;
}

/** What becomes known on the way: for `$context`. */
export interface Learned {
  /** What the authorizer tells the function, `principalId` included. */
  authorizer?: Readonly<Record<string, unknown>>;
  /** The authorizer names the API key of the caller. */
  usageKey?: string;
  /** Who signed the request. */
  caller?: Caller;
  apiKey?: RestApiKey;
  failure?: GatewayFailure;
  /** Status that the code of a function behind a proxy integration chose. */
  functionStatus?: number;
  /** Why the integration failed. */
  integrationFailure?: FailureReason;
  /** Why the authorizer refused the request. */
  authorizerError?: string;
  integration?: { readonly status: string; readonly latencyMs: number };
}

/** What policies name, with the path that was called. */
export function methodArn({ api, stage, request, path }: RestCall): string {
  return executeApiArn(api, stage.stageName, request.method, path.slice(1));
}

/** What permissions of functions name: with the variables of the path as they are declared. */
export function sourceArn({ api, stage, request, route }: RoutedCall): string {
  return executeApiArn(api, stage.stageName, request.method, route.resource.path.slice(1));
}
