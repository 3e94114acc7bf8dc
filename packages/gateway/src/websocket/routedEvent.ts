import type { ApiRoute, ApiStage } from "@hearth/apis";
import { arn } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import type { SocketSources } from "./socketExpressions.ts";

/** What happened at a connection, and the route that it is for. */
export interface RoutedEvent {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly route: ApiRoute;
  /** For a function behind a proxy integration. */
  readonly event: () => Uint8Array;
  /** For everything else. */
  readonly sources: SocketSources;
  readonly requestId: string;
  readonly traceId: string | undefined;
  /** Aborts when the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<route key>`: what policies of functions and authorizers name. */
export function socketArn(
  { accountId, region, apiId }: Pick<ApiRecord, "accountId" | "region" | "apiId">,
  stage: string,
  routeKey: string,
): string {
  return arn({ service: "execute-api", region, accountId, resource: `${apiId}/${stage}/${routeKey}` });
}
