import { NoDecision } from "./authorizerDecision.ts";
import { NotCallable } from "./functionCaller.ts";

const NOT_PERMITTED =
  "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again.";
const WRONG_FORM =
  "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects.";

/** `$context.authorizer.error` where an authorizer's function gave no decision: in AWS's words where they are known. */
export function authorizerFailure(error: unknown): string {
  if (error instanceof NotCallable) return NOT_PERMITTED;
  return error instanceof NoDecision ? `${WRONG_FORM} ${error.message}` : "The authorizer's function was not run";
}
