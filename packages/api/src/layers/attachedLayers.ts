import {
  InvalidParameterValueException,
  isParametersLayer,
  layerArn,
  MAX_LAYERS,
  MAX_UNZIPPED_BYTES,
  parseLayerReference,
} from "@hearth/model";
import type { AttachedLayer, LayerVersionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { mayUseLayer, notAllowed } from "./layerMembers.ts";

/** The requested layer versions in order. One that the function has already stays usable even after it was deleted. Rejects when AWS's rules are violated. */
export async function attachedLayers(
  arns: readonly string[],
  current: readonly AttachedLayer[],
  context: RequestContext,
  deps: Pick<ApiDeps, "layers">,
): Promise<readonly AttachedLayer[]> {
  if (arns.length > MAX_LAYERS) {
    throw new InvalidParameterValueException(`Cannot reference more than ${MAX_LAYERS} layers.`);
  }
  const byLayer = new Map<string, string>();
  const attached: AttachedLayer[] = [];
  for (const arn of arns) {
    const { region, accountId = "", LayerName = "", Version = 0 } = parseLayerReference(arn) ?? {};
    if (region !== context.region) {
      throw new InvalidParameterValueException(
        `Layers are not in the same region as the function. Layers are expected to be in region ${context.region}.`,
      );
    }
    const layer = `${accountId}:${LayerName}`;
    const other = byLayer.get(layer);
    if (other !== undefined) {
      throw new InvalidParameterValueException(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    byLayer.set(layer, arn);
    const known = current.find(({ Arn }) => Arn === arn);
    attached.push(known ?? (await usable({ accountId, region, LayerName, Version }, context, deps)));
  }
  return attached;
}

async function usable(
  key: LayerVersionKey,
  context: RequestContext,
  { layers }: Pick<ApiDeps, "layers">,
): Promise<AttachedLayer> {
  const Arn = layerArn(key);
  const record = await layers.find(key);
  // AWS's accounts are not here. Hearth answers for the extension that the layer would bring.
  const isAwss = key.accountId !== context.caller.accountId && isParametersLayer(key.LayerName);
  if (!record && isAwss) return { Arn, CodeSize: 0, digest: "" };
  if (key.accountId !== context.caller.accountId && (!record || !mayUseLayer(record, context.caller.accountId))) {
    throw notAllowed(context, "GetLayerVersion", Arn);
  }
  if (!record) throw new InvalidParameterValueException(`Layer version ${Arn} does not exist.`);
  return { Arn, CodeSize: record.code.sizeBytes, digest: record.code.digest };
}

/** Refuses code and layers whose unpacked sizes add up to too much. */
export async function checkUnpackedSize(
  codeUnpackedBytes: number,
  layers: readonly AttachedLayer[],
  { code }: { readonly code: Pick<ApiDeps["code"], "unpackedBytes"> },
): Promise<void> {
  let layersBytes = 0;
  for (const { digest } of layers) if (digest !== "") layersBytes += await code.unpackedBytes(digest);
  if (layersBytes > MAX_UNZIPPED_BYTES) {
    throw new InvalidParameterValueException(
      `Layers consume more than the available size of ${MAX_UNZIPPED_BYTES} bytes`,
    );
  }
  const bytes = codeUnpackedBytes + layersBytes;
  if (bytes > MAX_UNZIPPED_BYTES) {
    throw new InvalidParameterValueException(
      `Function code combined with layers exceeds the maximum allowed size of ${MAX_UNZIPPED_BYTES} bytes. The actual size is ${bytes} bytes.`,
    );
  }
}
