import { functionArn } from "@hearth/model";
import type { AliasRecord, FunctionKey } from "@hearth/store";

/** An alias as AliasConfiguration shows it. */
export function aliasAnswer(alias: AliasRecord, key: FunctionKey): AliasRecord & { readonly AliasArn: string } {
  return { AliasArn: functionArn({ ...key, Qualifier: alias.Name }), ...alias };
}
