import {
  AccessDeniedException,
  blob,
  CodeStorageExceededException,
  InvalidParameterValueException,
  list,
  RequestEntityTooLargeException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkArchive, storeArchive } from "../code/codeArchive.ts";
import { type CodeSourceDeps, codeBytes, hasSource } from "../code/codeSource.ts";
import { ARCHITECTURES, layerContentMembers } from "../functions/functionMembers.ts";
import { LayerName, layerVersionAnswer, ownLayer } from "../layers/layerMembers.ts";
import { CompatibleRuntimes } from "../layers/layerRuntimes.ts";
import { LayerVersion } from "../layers/layerVersion.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
export const publishLayerVersion = operation({
  name: "PublishLayerVersion",
  http: ["POST", "/2018-10-31/layers/{LayerName}/versions", 201],
  input: structure({
    LayerName,
    Description: text({ max: 256 }).optional(),
    Content: structure({ ZipFile: blob().optional(), ...layerContentMembers }),
    CompatibleRuntimes: CompatibleRuntimes.optional(),
    CompatibleArchitectures: list({ values: ARCHITECTURES }, { max: 2 }).optional(),
    LicenseInfo: text({ max: 512 }).optional(),
  }),
  output: LayerVersion,
  errors: [
    AccessDeniedException,
    InvalidParameterValueException,
    ResourceNotFoundException,
    RequestEntityTooLargeException,
    CodeStorageExceededException,
  ],
  async handle(
    input,
    context,
    deps: Pick<ApiDeps, "layers" | "functions" | "code" | "limits" | "clock" | "findAccessKey" | "codeGrant"> &
      CodeSourceDeps,
  ) {
    const key = ownLayer(input.LayerName, context, "PublishLayerVersion");
    if (!hasSource(input.Content)) {
      throw new InvalidParameterValueException("Please provide a source for layer content.");
    }
    const zip = await codeBytes(input.Content, context, deps);
    await checkArchive(zip);
    const published = await deps.layers.publish(key, await storeArchive(key, zip, zip.byteLength, deps), {
      Description: input.Description ?? "",
      LicenseInfo: input.LicenseInfo,
      CompatibleRuntimes: input.CompatibleRuntimes,
      CompatibleArchitectures: input.CompatibleArchitectures,
    });
    return await layerVersionAnswer(published, context, deps);
  },
});
