import { InvalidParameterValueException, layerArn, ResourceNotFoundException, structure } from "@hearth/model";
import { policyDocument } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkVersionNumber, LayerName, ownLayer, VersionNumber } from "../layers/layerMembers.ts";
import { ResourcePolicy } from "../policies/resourcePolicy.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html */
export const getLayerVersionPolicy = operation({
  name: "GetLayerVersionPolicy",
  http: ["GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 200],
  input: structure({ LayerName, VersionNumber }),
  output: ResourcePolicy,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "layers">) {
    const key = ownLayer(input.LayerName, context, "GetLayerVersionPolicy", input.VersionNumber);
    checkVersionNumber(input.VersionNumber);
    const version = { ...key, Version: input.VersionNumber };
    const found = await deps.layers.find(version);
    if (!found) throw new ResourceNotFoundException(`Layer version ${layerArn(version)} does not exist.`);
    const { policy } = found;
    if (!policy) throw new ResourceNotFoundException("No policy is associated with the given resource.");
    return { Policy: policyDocument(policy.statements), RevisionId: policy.RevisionId };
  },
});
