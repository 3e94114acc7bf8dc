import type { AwsError } from "@hearth/model";
import type { BoundOperation } from "./operation.ts";

/** Errors that any operation may answer with; `errors` of an operation does not list them. */
const COMMON = new Set([
  "AccessDeniedException",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "NotImplementedException",
  "RequestEntityTooLargeException",
  "RequestTooLargeException",
  "SerializationException",
  "ServiceException",
  "ThrottlingException",
  "TooManyRequestsException",
  "UnrecognizedClientException",
  "ValidationException",
]);

/** Whether `errors` of the operation lists this error, or every operation may answer with it. */
export function isDeclared(error: AwsError, { errors }: Pick<BoundOperation, "errors">): boolean {
  return errors.some((declared) => error instanceof declared) || COMMON.has(error.code);
}
