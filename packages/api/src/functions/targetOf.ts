import {
  AccessDeniedException,
  functionArn,
  InvalidParameterValueException,
  LATEST,
  MAX_FUNCTION_NAME_LENGTH,
  parseFunctionReference,
  ResourceNotFoundException,
} from "@hearth/model";
import type { FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";

/** The function, version or alias that a request names with `FunctionName` and `Qualifier`. */
export interface Target {
  readonly key: FunctionKey;
  readonly Qualifier: string | undefined;
}

export interface TargetInput {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

/**
 * Resolves names, partial and whole ARNs and qualifiers as AWS does. Throws for another region (404), for an account that the caller may
 * not use (403) and for two different qualifiers (400).
 */
export function targetOf(input: TargetInput, context: RequestContext, action: string): Target {
  const reference = parseFunctionReference(input.FunctionName);
  const { accountId, region } = context;
  // Only a new function's name is limited to 64 characters; elsewhere there is no such function.
  if (!reference || (action === "CreateFunction" && reference.FunctionName.length > MAX_FUNCTION_NAME_LENGTH))
    throw nameTooLong(input.FunctionName);
  const { FunctionName } = reference;
  if (reference.region !== undefined && reference.region !== region) {
    throw new ResourceNotFoundException(
      `Functions from '${reference.region}' are not reachable in this region ('${region}')`,
    );
  }
  if (reference.accountId !== undefined && reference.accountId !== accountId) {
    const arn = functionArn({ region, accountId: reference.accountId, FunctionName, Qualifier: reference.Qualifier });
    throw new AccessDeniedException(
      `User: ${context.caller.arn} is not authorized to perform: lambda:${action} on resource: ${arn} because no resource-based policy allows the lambda:${action} action`,
    );
  }
  if (reference.Qualifier !== undefined && input.Qualifier !== undefined && reference.Qualifier !== input.Qualifier) {
    throw new InvalidParameterValueException(
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  return { key: { accountId, region, FunctionName }, Qualifier: input.Qualifier ?? reference.Qualifier };
}

/** The function that a request names, for operations on whole functions. Refuses a qualifier other than `$LATEST`. */
export function wholeFunction(input: TargetInput, context: RequestContext, action: string): FunctionKey {
  const { key, Qualifier } = targetOf(input, context, action);
  if (Qualifier === undefined || Qualifier === LATEST) return key;
  throw new InvalidParameterValueException(
    `The function name contains the qualifier ${Qualifier}, which ${action} does not take. Please specify a function without qualifier.`,
  );
}

function nameTooLong(name: string): InvalidParameterValueException {
  return new InvalidParameterValueException(
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${MAX_FUNCTION_NAME_LENGTH}`,
  );
}
