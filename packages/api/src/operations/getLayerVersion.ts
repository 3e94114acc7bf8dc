import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { anyLayer, LayerName, layerVersionAnswer, usableLayerVersion, VersionNumber } from "../layers/layerMembers.ts";
import { LayerVersion } from "../layers/layerVersion.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html */
export const getLayerVersion = operation({
  name: "GetLayerVersion",
  http: ["GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 200],
  input: structure({ LayerName, VersionNumber }),
  output: LayerVersion,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "layers" | "clock" | "findAccessKey" | "codeGrant">) {
    const key = { ...anyLayer(input.LayerName, context), Version: input.VersionNumber };
    return await layerVersionAnswer(await usableLayerVersion(key, context, deps), context, deps);
  },
});
