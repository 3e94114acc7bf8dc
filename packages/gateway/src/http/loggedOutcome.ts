import { OutboundFailed } from "@hearth/outbound";
import { TimedOut } from "../deadline.ts";
import { failureReason } from "../failureReason.ts";
import type { GatewayResponseType } from "../rest/gatewayFailure.ts";
import type { Measured } from "./httpCall.ts";

/** Message and type of the answers that an HTTP API gives itself, by their status. */
const OWN: Readonly<Record<number, readonly [message: string, type: GatewayResponseType]>> = {
  401: ["Unauthorized", "UNAUTHORIZED"],
  403: ["Forbidden", "ACCESS_DENIED"],
  413: ["Request Entity Too Large", "REQUEST_TOO_LARGE"],
  429: ["Too Many Requests", "THROTTLED"],
  500: ["Internal Server Error", "API_CONFIGURATION_ERROR"],
  503: ["Service Unavailable", "INTEGRATION_FAILURE"],
};

/**
 * The variables of access logs about integration, authorizer and errors of an HTTP API: those that have a value.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export function loggedOutcome(
  { integrationMs, integrationStatus, serviceStatus, failure, authorizerError }: Measured,
  status: number,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const set = (names: readonly string[], value: string | number | undefined): void => {
    for (const name of names) if (value !== undefined) values[name] = String(value);
  };
  const wasCalled = integrationMs !== undefined;
  const reason = failure === undefined ? undefined : failureReason(failure);
  if (wasCalled) {
    set(["integrationLatency", "integration.latency"], Math.round(integrationMs));
    set(["integration.status"], integrationStatus);
    set(["integrationStatus", "integration.integrationStatus"], serviceStatus ?? reason?.integrationStatus);
    set(["integrationErrorMessage", "integration.error"], reason?.integrationMessage);
  }
  set(["authorizer.error"], authorizerError);
  const own = wasCalled && failure === undefined ? undefined : OWN[status];
  if (!own) return values;
  const [message, type] = own;
  set(["error.message"], message);
  set(["error.messageString"], JSON.stringify(message));
  set(["error.responseType"], typeOf(type, { failure, authorizerError }));
  return values;
}

function typeOf(
  type: GatewayResponseType,
  { failure, authorizerError }: { readonly failure: unknown; readonly authorizerError: string | undefined },
): GatewayResponseType {
  if (type === "API_CONFIGURATION_ERROR" && authorizerError !== undefined) return "AUTHORIZER_CONFIGURATION_ERROR";
  const isLate = failure instanceof TimedOut || (failure instanceof OutboundFailed && failure.reason === "timeout");
  return type === "INTEGRATION_FAILURE" && isLate ? "INTEGRATION_TIMEOUT" : type;
}
