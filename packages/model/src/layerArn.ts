import type { AccountRegion } from "./accountRegion.ts";
import { arn, REGION_PATTERN } from "./arn.ts";

/** Layers and their ARNs. https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html#API_GetLayerVersion_RequestSyntax */

const LAYER_PREFIX = `arn:(aws[a-zA-Z-]*)?:lambda:${REGION_PATTERN}:\\d{12}:layer:`;
export const LAYER_NAME_PATTERN = `(${LAYER_PREFIX}[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`;
/** As AWS's messages show it: its published model has one more pair of brackets. */
export const LAYER_VERSION_ARN_PATTERN = `(${LAYER_PREFIX}[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`;

export interface LayerReference {
  readonly LayerName: string;
  readonly region?: string;
  /** 12 digits. */
  readonly accountId?: string;
  /** Only in the ARN of a layer version. */
  readonly Version?: number;
}

const REFERENCE =
  /^(?:arn:[a-zA-Z0-9-]+:lambda:(?<region>[a-zA-Z0-9-]+):(?<accountId>\d{12}):layer:)?(?<name>[a-zA-Z0-9-_]+)(?::(?<version>[0-9]+))?$/;

/** Parses a layer's name or ARN, or a layer version's ARN; `undefined` when it is none of them. */
export function parseLayerReference(text: string): LayerReference | undefined {
  const groups = REFERENCE.exec(text)?.groups;
  if (!groups?.name || (groups.version !== undefined && groups.accountId === undefined)) return undefined;
  return {
    LayerName: groups.name,
    ...(groups.region && { region: groups.region }),
    ...(groups.accountId && { accountId: groups.accountId }),
    ...(groups.version !== undefined && { Version: Number(groups.version) }),
  };
}

export interface LayerArnParts extends AccountRegion {
  readonly LayerName: string;
  readonly Version?: number;
}

/** `arn:aws:lambda:us-east-1:000000000000:layer:name[:version]` */
export function layerArn({ region, accountId, LayerName, Version }: LayerArnParts): string {
  const resource = Version === undefined ? `layer:${LayerName}` : `layer:${LayerName}:${Version}`;
  return arn({ service: "lambda", region, accountId, resource });
}
