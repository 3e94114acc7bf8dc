import type { ApiIntegration, ApiRoute, ApiStage } from "@hearth/apis";
import { AwsError, TooManyRequestsException } from "@hearth/model";
import { OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { ClientGone } from "@hearth/wire";
import { TimedOut } from "../deadline.ts";
import { DefinitionFault } from "../definitionFault.ts";
import { NotCallable } from "../http/functionCaller.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { GatewayFailure, type GatewayResponseType } from "../rest/gatewayFailure.ts";
import { validateMessage } from "./messageValidation.ts";
import type { RoutedEvent } from "./routedEvent.ts";
import { type IntegrationRun, runIntegration, type SocketIntegrationDeps } from "./socketIntegration.ts";

export type SocketRouteDeps = SocketIntegrationDeps;

/** How the integration of a route has ended. `refused`: it was not run, the client is told why. `failed`: the client is not told why. */
export type RouteOutcome = (
  | { readonly kind: "answered"; readonly reply: HttpReply }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly message: string;
      readonly type: GatewayResponseType;
    }
  | {
      readonly kind: "failed";
      readonly status: 500 | 502 | 504;
      readonly failure: Error;
      readonly type: GatewayResponseType;
    }
) & { readonly ran?: IntegrationRun };

/** Runs the integration of a route of a WebSocket API. Rejects with `ClientGone` only. */
export async function runRoute(deps: SocketRouteDeps, routed: RoutedEvent): Promise<RouteOutcome> {
  const { api, stage, route, sources } = routed;
  const integration = integrationOf(stage, route);
  if (!integration) return failed(500, new DefinitionFault("the route has no integration: set its target"));
  const learned: { ran?: IntegrationRun } = {};
  try {
    await validateMessage(deps.templates, api.accountId, route, stage, sources);
    const reply = await runIntegration(deps, routed, integration, learned);
    return { kind: "answered", reply, ...learned };
  } catch (error) {
    return { ...failureOf(error), ...learned };
  }
}

function failureOf(error: unknown): RouteOutcome {
  if (error instanceof GatewayFailure) {
    const { status, message, type } = error;
    return status < 500 ? { kind: "refused", status, message, type } : failed(status === 502 ? 502 : 500, error, type);
  }
  if (error instanceof TimedOut) return failed(504, error, "INTEGRATION_TIMEOUT");
  if (error instanceof NotCallable || error instanceof OutboundRefused) return failed(500, error);
  if (error instanceof OutboundFailed) return failed(502, error, "INTEGRATION_FAILURE");
  if (error instanceof TooManyRequestsException) return failed(500, error);
  if (error instanceof AwsError && !(error instanceof ClientGone)) return failed(500, error);
  throw error;
}

function failed(
  status: 500 | 502 | 504,
  failure: Error,
  type: GatewayResponseType = "API_CONFIGURATION_ERROR",
): RouteOutcome {
  return { kind: "failed", status, failure, type };
}

function integrationOf({ contents }: ApiStage, { target = "" }: ApiRoute): ApiIntegration | undefined {
  const [, integrationId = ""] = target.split("/");
  return contents.integrations.get(integrationId);
}

/** The client gets what the route's integration answers. */
export function repliesToClient(
  { routeId, routeResponseSelectionExpression }: ApiRoute,
  { contents }: ApiStage,
): boolean {
  return routeResponseSelectionExpression !== undefined && contents.routeResponses.has(routeId);
}
