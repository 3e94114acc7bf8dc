import {
  AccessDeniedException,
  integer,
  InvalidParameterValueException,
  LAYER_NAME_PATTERN,
  layerArn,
  Marker,
  parseLayerReference,
  ResourceNotFoundException,
  text,
  choice,
} from "@hearth/model";
import { awsTimestamp, type LayerKey, type LayerVersionKey, type LayerVersionRecord } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { codeLink } from "../code/codeLink.ts";
import { ARCHITECTURES } from "../functions/functionMembers.ts";
import { CompatibleRuntime } from "./layerRuntimes.ts";

/** What the operations on layers share: input members, names of layers, permission to use them, and the answer. */

const MAX_LAYERS_PAGE = 50;

export const LayerName = text({ min: 1, max: 140, pattern: LAYER_NAME_PATTERN });
export const VersionNumber = integer();

/** The input members that both listings share. */
export const layerListMembers = {
  CompatibleRuntime: CompatibleRuntime.optional(),
  CompatibleArchitecture: choice(ARCHITECTURES).optional(),
  Marker: Marker.optional(),
  MaxItems: integer({ min: 1, max: MAX_LAYERS_PAGE }).optional(),
};
export const layerListQuery = {
  CompatibleRuntime: "CompatibleRuntime",
  CompatibleArchitecture: "CompatibleArchitecture",
  Marker: "Marker",
  MaxItems: "MaxItems",
} as const;

export function layerPage(input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined }) {
  return { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LAYERS_PAGE };
}

/** The layer with this name or ARN, in any account. */
export function anyLayer(name: string, { caller, region }: RequestContext): LayerKey {
  const reference = parseLayerReference(name);
  if (!reference || (reference.region !== undefined && reference.region !== region)) throw noSuchLayer();
  return { accountId: reference.accountId ?? caller.accountId, region, LayerName: reference.LayerName };
}

/** The layer with this name or ARN; throws AccessDeniedException, about `Version` if given, when the caller does not own it. */
export function ownLayer(name: string, context: RequestContext, action: string, Version?: number): LayerKey {
  const key = anyLayer(name, context);
  if (key.accountId === context.caller.accountId) return key;
  throw notAllowed(context, action, layerArn({ ...key, ...(Version !== undefined && { Version }) }));
}

/** A layer version that the caller may use. Rejects with ResourceNotFoundException or AccessDeniedException. */
export async function usableLayerVersion(
  key: LayerVersionKey,
  context: RequestContext,
  { layers }: Pick<ApiDeps, "layers">,
): Promise<LayerVersionRecord> {
  checkVersionNumber(key.Version);
  const record = await layers.find(key);
  const isOwn = key.accountId === context.caller.accountId;
  if (!isOwn && (!record || !mayUseLayer(record, context.caller.accountId))) {
    throw notAllowed(context, "GetLayerVersion", layerArn(key));
  }
  if (!record) throw noSuchLayer();
  return record;
}

/** Whether the account `user` owns a layer version or its policy allows the account. Hearth has no organisations: a statement for one allows no account. */
export function mayUseLayer({ accountId, policy }: LayerVersionRecord, user: string): boolean {
  if (user === accountId) return true;
  return (policy?.statements ?? []).some(({ Principal, Condition }) => {
    if (Condition !== undefined) return false;
    return Principal === "*" || Principal["AWS"]?.split(":")[4] === user;
  });
}

export function checkVersionNumber(VersionNumber: number): void {
  if (VersionNumber < 1) throw new InvalidParameterValueException("Layer Version Cannot be less than 1");
}

export function noSuchLayer(): ResourceNotFoundException {
  return new ResourceNotFoundException("The resource you requested does not exist.");
}

export function notAllowed({ caller }: RequestContext, action: string, resource: string): AccessDeniedException {
  return new AccessDeniedException(
    `User: ${caller.arn} is not authorized to perform: lambda:${action} on resource: ${resource} because no resource-based policy allows the lambda:${action} action`,
  );
}

/** A version as AWS's LayerVersionsListItem. */
export function listedLayerVersion(record: LayerVersionRecord): object {
  const { CompatibleRuntimes, CompatibleArchitectures, LicenseInfo } = record;
  return {
    LayerVersionArn: layerArn(record),
    Version: record.Version,
    Description: record.Description,
    CreatedDate: awsTimestamp(record.CreatedDate),
    ...(CompatibleArchitectures !== undefined && { CompatibleArchitectures }),
    ...(CompatibleRuntimes !== undefined && { CompatibleRuntimes }),
    ...(LicenseInfo !== undefined && { LicenseInfo }),
  };
}

/** The answer of PublishLayerVersion and GetLayerVersion. `Content.Location` is valid for ten minutes. */
export async function layerVersionAnswer(
  record: LayerVersionRecord,
  context: RequestContext,
  deps: Pick<ApiDeps, "clock" | "findAccessKey" | "codeGrant">,
): Promise<object> {
  const { accountId, region, LayerName, code } = record;
  return {
    Content: {
      Location: await codeLink(code.digest, context, deps),
      CodeSha256: Buffer.from(code.digest, "hex").toString("base64"),
      CodeSize: code.sizeBytes,
    },
    LayerArn: layerArn({ region, accountId, LayerName }),
    ...listedLayerVersion(record),
  };
}
