import {
  InvalidParameterValueException,
  PreconditionFailedException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkVersionNumber, LayerName, ownLayer, VersionNumber } from "../layers/layerMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html */
export const removeLayerVersionPermission = operation({
  name: "RemoveLayerVersionPermission",
  http: ["DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204],
  query: { RevisionId: "RevisionId" },
  input: structure({
    LayerName,
    VersionNumber,
    StatementId: text({ min: 1, max: 100, pattern: "([a-zA-Z0-9-_]+)" }),
    RevisionId: text().optional(),
  }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException, PreconditionFailedException],
  async handle(input, context, { layers }: Pick<ApiDeps, "layers">) {
    const key = ownLayer(input.LayerName, context, "RemoveLayerVersionPermission", input.VersionNumber);
    checkVersionNumber(input.VersionNumber);
    await layers.removePermission({ ...key, Version: input.VersionNumber }, input.StatementId, input.RevisionId);
    return undefined;
  },
});
