import { InvalidParameterValueException, layerArn, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { layerListMembers, layerListQuery, layerPage, listedLayerVersion } from "../layers/layerMembers.ts";
import { LayersListItem } from "../layers/layerVersion.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html */
export const listLayers = operation({
  name: "ListLayers",
  http: ["GET", "/2018-10-31/layers", 200],
  query: layerListQuery,
  input: structure(layerListMembers),
  output: structure({ NextMarker: z.string(), Layers: z.array(LayersListItem) }).partial(),
  errors: [InvalidParameterValueException],
  async handle(input, context, { layers }: Pick<ApiDeps, "layers">) {
    const { items, NextMarker } = await layers.list(callersOwn(context), layerPage(input), input);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      Layers: items.map((record) => ({
        LayerName: record.LayerName,
        LayerArn: layerArn({ region: record.region, accountId: record.accountId, LayerName: record.LayerName }),
        LatestMatchingVersion: listedLayerVersion(record),
      })),
    };
  },
});
