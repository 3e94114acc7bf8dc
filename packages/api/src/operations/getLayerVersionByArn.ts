import {
  InvalidParameterValueException,
  LAYER_VERSION_ARN_PATTERN,
  parseLayerReference,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { anyLayer, layerVersionAnswer, usableLayerVersion } from "../layers/layerMembers.ts";
import { LayerVersion } from "../layers/layerVersion.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html */
export const getLayerVersionByArn = operation({
  name: "GetLayerVersionByArn",
  http: ["GET", "/2018-10-31/layers?find=LayerVersion", 200],
  query: { Arn: "Arn" },
  input: structure({ Arn: text({ min: 1, max: 2048, pattern: LAYER_VERSION_ARN_PATTERN }) }),
  output: LayerVersion,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle({ Arn }, context, deps: Pick<ApiDeps, "layers" | "clock" | "findAccessKey" | "codeGrant">) {
    const key = { ...anyLayer(Arn, context), Version: parseLayerReference(Arn)?.Version ?? 0 };
    return await layerVersionAnswer(await usableLayerVersion(key, context, deps), context, deps);
  },
});
