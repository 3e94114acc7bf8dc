import type { SsmParameterFacts, SsmParameterVersion } from "@hearth/store";
import { parameterArn } from "./parameterName.ts";

/** A parameter as answers with values show it. Without decryption, a SecureString is shown as it is stored. */
export function parameterAnswer(version: SsmParameterVersion, decrypts: boolean, Selector?: string) {
  const { Name, Type, Version, settings, modifiedMs } = version;
  return {
    Name,
    Type,
    Value: shownValue(version, decrypts),
    Version,
    ...(Selector !== undefined && { Selector }),
    LastModifiedDate: new Date(modifiedMs),
    ARN: parameterArn(version),
    DataType: settings.DataType,
  };
}

export function shownValue({ Value, stored }: SsmParameterVersion, decrypts: boolean): string {
  return decrypts ? Value : stored;
}

/** What DescribeParameters and GetParameterHistory say about a version. */
export function parameterFacts({ Name, Type, Version, settings, modifiedMs }: SsmParameterFacts) {
  return { Name, Type, Version, ...settings, LastModifiedDate: new Date(modifiedMs), Policies: [] };
}
