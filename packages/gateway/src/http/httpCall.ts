import type { ApiRoute, ApiStage } from "@hearth/apis";
import { arn } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import type { HttpRequest } from "../httpRequest.ts";

/** What became known about a request, for metrics and logs. */
export interface Measured {
  /** The key of the route; without one the API has none for the request. */
  route?: string;
  integrationMs?: number;
  /** Status that the integration answered with: of a function the one that its code chose. */
  integrationStatus?: number;
  /** Status that the Lambda API, or the HTTP endpoint, answered with. */
  serviceStatus?: number;
  /** Why the API answered with an error of its own. */
  failure?: unknown;
  /** Why the authorizer refused the call. */
  authorizerError?: string;
}

/** One request for a route of an HTTP API. */
export interface HttpCall {
  readonly request: HttpRequest;
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly route: ApiRoute;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Raw, within the stage. */
  readonly path: string;
  /** The body, read when it is first asked for. Rejects with `BodyTooLarge`. */
  readonly body: () => Promise<Buffer>;
  /** Raw, with the stage's name where the path had it, and without the key of the mapping of a custom domain name. */
  readonly fullPath: string;
  readonly measured?: Measured;
}

/** Host names as events show them. */
export function domainOf({ request, api }: Pick<HttpCall, "request" | "api">): {
  readonly domainName: string;
  readonly domainPrefix: string;
} {
  const { host, isPathForm } = request.address;
  const domainName = isPathForm ? `${api.apiId}.execute-api.${api.region}.localhost` : host;
  return { domainName, domainPrefix: domainName.split(".")[0] ?? "" };
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`: what policies of functions and authorizers name. `path` without its first slash. */
export function executeApiArn(
  { accountId, region, apiId }: ApiRecord,
  stage: string,
  method: string,
  path: string,
): string {
  return arn({ service: "execute-api", region, accountId, resource: `${apiId}/${stage}/${method}/${path}` });
}

/**
 * The ARN of a call's route, with the variables of its path as they are declared: what permissions of functions are compared with. `$default` takes the
 * place of method and path.
 */
export function routeSourceArn({
  api,
  stage,
  route,
  request,
}: Pick<HttpCall, "api" | "stage" | "route" | "request">): string {
  const { accountId, region, apiId } = api;
  if (route.routeKey === "$default") {
    return arn({ service: "execute-api", region, accountId, resource: `${apiId}/${stage.stageName}/$default` });
  }
  const path = route.routeKey.slice(route.routeKey.indexOf(" ") + 2);
  return executeApiArn(api, stage.stageName, request.method, path);
}
