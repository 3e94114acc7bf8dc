import { functionArn, InvalidParameterValueException, isVersionNumber, LATEST } from "@hearth/model";
import type { FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { type TargetInput, targetOf } from "./targetOf.ts";

/** The version whose runtime management a request names; default `$LATEST`. Refuses aliases, which have none. */
export function runtimeManagementTarget(
  input: TargetInput,
  context: RequestContext,
  action: string,
): { readonly key: FunctionKey; readonly Version: string; readonly FunctionArn: string } {
  const { key, Qualifier: Version = LATEST } = targetOf(input, context, action);
  if (Version !== LATEST && !isVersionNumber(Version)) {
    throw new InvalidParameterValueException(`The qualifier must be $LATEST or a version number: ${Version}`);
  }
  return { key, Version, FunctionArn: functionArn({ ...key, Qualifier: Version }) };
}
