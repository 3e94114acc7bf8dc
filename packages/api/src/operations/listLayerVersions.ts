import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import {
  LayerName,
  layerListMembers,
  layerListQuery,
  layerPage,
  listedLayerVersion,
  ownLayer,
} from "../layers/layerMembers.ts";
import { LayerVersionsListItem } from "../layers/layerVersion.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html: newest first; empty for a layer that does not exist. */
export const listLayerVersions = operation({
  name: "ListLayerVersions",
  http: ["GET", "/2018-10-31/layers/{LayerName}/versions", 200],
  query: layerListQuery,
  input: structure({ LayerName, ...layerListMembers }),
  output: structure({ NextMarker: z.string(), LayerVersions: z.array(LayerVersionsListItem) }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { layers }: Pick<ApiDeps, "layers">) {
    const key = ownLayer(input.LayerName, context, "ListLayerVersions");
    const { items, NextMarker } = await layers.listVersions(key, layerPage(input), input);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      LayerVersions: items.map((record) => listedLayerVersion(record)),
    };
  },
});
