import { functionArn, numberMap, structure } from "@hearth/model";
import type { AliasRecord, FunctionKey } from "@hearth/store";

/** AWS's AliasConfiguration. */
export interface AliasConfiguration extends AliasRecord {
  readonly AliasArn: string;
}

export function aliasAnswer(alias: AliasRecord, key: FunctionKey, region: string): AliasConfiguration {
  return { AliasArn: functionArn({ region, ...key, Qualifier: alias.Name }), ...alias };
}

export const RoutingConfig = structure({
  AdditionalVersionWeights: numberMap({ min: 1, max: 1024, pattern: "[0-9]+" }, { min: 0, max: 1 }).optional(),
});
