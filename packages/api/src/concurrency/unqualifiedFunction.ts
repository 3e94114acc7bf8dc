import { InvalidParameterValueException } from "@hearth/model";
import type { FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { targetOf, type TargetInput } from "../functions/targetOf.ts";

/** The function that a request names, for reserved concurrency. Refuses every qualifier, `$LATEST` too. */
export function unqualifiedFunction(input: TargetInput, context: RequestContext, action: string): FunctionKey {
  const { key, Qualifier } = targetOf(input, context, action);
  if (Qualifier === undefined) return key;
  throw new InvalidParameterValueException(
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
  );
}
