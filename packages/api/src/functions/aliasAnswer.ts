import { functionArn } from "@hearth/model";
import type { AliasRecord, FunctionKey } from "@hearth/store";

/** An alias as AliasConfiguration shows it. */
export function aliasAnswer(
  alias: AliasRecord,
  key: FunctionKey,
  region: string,
): AliasRecord & { readonly AliasArn: string } {
  return { AliasArn: functionArn({ region, ...key, Qualifier: alias.Name }), ...alias };
}
