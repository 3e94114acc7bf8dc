import { AwsError, InvalidRequestContentException, TooManyRequestsException } from "@hearth/model";
import { OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { ClientGone } from "@hearth/wire";
import { TimedOut } from "../deadline.ts";
import { BodyTooLarge } from "../gateway.ts";
import { NotCallable } from "../http/functionCaller.ts";
import { configurationError, GatewayFailure } from "./gatewayFailure.ts";
import type { RestCall } from "./restCall.ts";

/** The answer that an error of a request becomes. Throws what is no answer: the client is gone, or a bug. */
export function failureOf(error: unknown, { request }: Pick<RestCall, "request">): GatewayFailure {
  if (error instanceof GatewayFailure) return error;
  if (error instanceof TimedOut) return new GatewayFailure("INTEGRATION_TIMEOUT", { cause: error });
  if (error instanceof BodyTooLarge) return new GatewayFailure("REQUEST_TOO_LARGE");
  if (error instanceof NotCallable) return configurationError(500, error);
  if (error instanceof OutboundFailed) {
    return new GatewayFailure(error.reason === "timeout" ? "INTEGRATION_TIMEOUT" : "INTEGRATION_FAILURE", {
      cause: error,
    });
  }
  if (error instanceof OutboundRefused) return configurationError(500, error);
  if (error instanceof TooManyRequestsException) return configurationError(500, error);
  // The mapping template made no JSON, mostly because of what the client sent: AWS passes on the answer of Lambda.
  if (error instanceof InvalidRequestContentException) {
    return new GatewayFailure("BAD_REQUEST_BODY", { text: error.message, cause: error });
  }
  // The function is gone, is being made, or its environments cannot be started: errors of the Lambda API.
  if (error instanceof AwsError && !(error instanceof ClientGone) && !request.signal.aborted) {
    return error.httpStatus === 413 ? new GatewayFailure("REQUEST_TOO_LARGE") : configurationError(500, error);
  }
  throw error;
}
