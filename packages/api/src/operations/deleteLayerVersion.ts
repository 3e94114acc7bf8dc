import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkVersionNumber, LayerName, ownLayer, VersionNumber } from "../layers/layerMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html: idempotent; functions that use the version keep it. */
export const deleteLayerVersion = operation({
  name: "DeleteLayerVersion",
  http: ["DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204],
  input: structure({ LayerName, VersionNumber }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { layers }: Pick<ApiDeps, "layers">) {
    const key = ownLayer(input.LayerName, context, "DeleteLayerVersion", input.VersionNumber);
    checkVersionNumber(input.VersionNumber);
    await layers.delete({ ...key, Version: input.VersionNumber });
    return undefined;
  },
});
