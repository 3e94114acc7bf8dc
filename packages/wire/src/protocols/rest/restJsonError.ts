import type { AwsError } from "@hearth/model";
import { encodeJson } from "../../codecs/json.ts";
import type { Service } from "../../operation.ts";
import type { Answer } from "../serviceProtocol.ts";

/** AWS's gateway itself refuses these, and its bodies have no `Type`. */
const WITHOUT_TYPE = new Set([
  "AccessDeniedException",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "UnknownOperationException",
  "UnrecognizedClientException",
  "ValidationException",
]);

/** An error in REST-JSON: the code in a header, the rest in the body. `codes` are those that the service calls differently. */
export function encodeRestError(error: AwsError, codes: Service["errorCodes"] = {}): Answer {
  const withType = error.withType && !WITHOUT_TYPE.has(error.code);
  const body = {
    ...error.members,
    ...(withType && { Type: error.fault === "client" ? "User" : "Service" }),
    // AWS leaves some messages empty.
    [error.messageKey]: error.message === "" ? null : error.message,
  };
  return {
    status: error.httpStatus,
    headers: {
      "Content-Type": "application/json",
      "x-amzn-ErrorType": codes[error.code] ?? error.code,
      ...error.headers,
    },
    body: encodeJson(body),
  };
}
