import { AwsError, TooManyRequestsException } from "@hearth/model";
import { OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { TimedOut } from "./deadline.ts";
import { DefinitionFault } from "./definitionFault.ts";
import { FunctionFailed } from "./functionFailed.ts";
import { MalformedAnswer } from "./functionReply.ts";
import { NotCallable } from "./http/functionCaller.ts";
import { KeysUnavailable } from "./http/signingKeys.ts";
import { GatewayFailure } from "./rest/gatewayFailure.ts";

/** Why an API answered a request with an error of its own. */
export interface FailureReason {
  /** One of a few words: failures of one API with the same word are logged once in a while. */
  readonly kind: string;
  /** For the owner of the installation: what failed, and what to do. */
  readonly text: string;
  /** `$context.integrationErrorMessage` of the API's access log; AWS's words where they are known. `undefined`: the integration was not reached. */
  readonly integrationMessage?: string;
  /** `$context.integrationStatus`: what the Lambda API would have answered to API Gateway. */
  readonly integrationStatus?: number;
}

const NOT_PERMITTED =
  "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.";
const WRONG_FORM = "The response from the Lambda function doesn't match the format that API Gateway expects.";
const MAX_LENGTH = 500;

/** The reason of an error that ended a request or a message. It has no part of a body. */
export function failureReason(error: unknown): FailureReason {
  const cause = error instanceof GatewayFailure && error.cause !== undefined ? error.cause : error;
  if (cause instanceof NotCallable) {
    return {
      ...{ kind: "notCallable", text: bounded(cause.message) },
      ...{ integrationMessage: NOT_PERMITTED, integrationStatus: 403 },
    };
  }
  if (cause instanceof FunctionFailed) {
    const text = `${cause.message}: the function's own log says why`;
    const integrationMessage = `The Lambda function returned the following error: ${cause.outcome === "functionError" ? "Unhandled" : cause.outcome}. Check your Lambda function code and try again.`;
    return { kind: "functionFailed", text, integrationMessage, integrationStatus: 200 };
  }
  if (cause instanceof MalformedAnswer) {
    const text = `the function's answer does not have the form that the integration's payload format asks for (${bounded(cause.message)}): change what the function returns`;
    const integrationMessage = `${WRONG_FORM} ${bounded(cause.message)}`;
    return { kind: "malformedAnswer", text, integrationMessage, integrationStatus: 200 };
  }
  if (cause instanceof TimedOut || (cause instanceof OutboundFailed && cause.reason === "timeout")) {
    const text = "the integration did not answer within its timeout: make it faster, or raise TimeoutInMillis";
    return { kind: "timeout", text, integrationMessage: "Endpoint request timed out" };
  }
  if (cause instanceof OutboundFailed) {
    const text = `the HTTP endpoint gave no answer (${bounded(cause.message)}): check the integration's URI and whether the endpoint runs`;
    return { kind: `endpoint.${cause.reason}`, text, integrationMessage: "Network error communicating with endpoint" };
  }
  if (cause instanceof OutboundRefused) {
    const text = `the request to the HTTP endpoint is not allowed (${bounded(cause.detail)}): change the integration's URI, or see HEARTH_OUTBOUND_ALLOW`;
    return { kind: "endpointRefused", text, integrationMessage: bounded(cause.message) };
  }
  if (cause instanceof AwsError) {
    const what = cause instanceof TooManyRequestsException ? "throttled the function" : "did not run the function";
    const text = `Lambda ${what}: ${cause.code}: ${bounded(cause.message)}`;
    return { kind: cause.code, text, integrationMessage: bounded(cause.message), integrationStatus: cause.httpStatus };
  }
  if (cause instanceof KeysUnavailable) {
    return {
      kind: "signingKeys",
      text: `the keys of the JWT authorizer's issuer are not there: ${bounded(cause.message)}`,
    };
  }
  if (cause instanceof DefinitionFault) {
    return { kind: "definition", text: bounded(cause.message), integrationMessage: bounded(cause.message) };
  }
  const message = cause instanceof Error ? cause.message : "unknown";
  return { kind: "other", text: bounded(message), integrationMessage: "Internal server error" };
}

function bounded(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
