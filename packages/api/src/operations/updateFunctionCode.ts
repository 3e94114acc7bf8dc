import { createHash } from "node:crypto";
import {
  AccessDeniedException,
  blob,
  bool,
  choice,
  CodeStorageExceededException,
  CodeVerificationFailedException,
  FunctionName,
  InvalidParameterValueException,
  NotImplementedException,
  PreconditionFailedException,
  RequestEntityTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import type { AttachedLayer, CodeArchive, FunctionKey } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkUnpackedSize } from "../layers/attachedLayers.ts";
import { checkArchive, storeArchive } from "../code/codeArchive.ts";
import { type CodeSource, type CodeSourceDeps, codeBytes, hasSource } from "../code/codeSource.ts";
import { checkSignature } from "../code-signing/codeSigning.ts";
import { checkArchitecture } from "../functions/checkArchitecture.ts";
import { refuseUnbuilt } from "../functions/refuseUnbuilt.ts";
import { Architectures, codeMembers } from "../functions/functionMembers.ts";
import { checkPackage, imageCode } from "../code/imageCode.ts";
import { invocationId } from "../functions/invocationId.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html */
export const updateFunctionCode = operation({
  name: "UpdateFunctionCode",
  http: ["PUT", "/2015-03-31/functions/{FunctionName}/code", 200],
  input: structure({
    FunctionName,
    ZipFile: blob().optional(),
    ...codeMembers,
    Publish: bool().optional(),
    DryRun: bool().optional(),
    RevisionId: text().optional(),
    Architectures: Architectures.optional(),
    PublishTo: choice(["LATEST_PUBLISHED"]).optional(),
  }),
  output: FunctionConfiguration,
  errors: [
    AccessDeniedException,
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
    RequestEntityTooLargeException,
    CodeStorageExceededException,
    CodeVerificationFailedException,
    NotImplementedException,
  ],
  async handle(
    input,
    context,
    deps: Pick<ApiDeps, "functions" | "codeSigningConfigs" | "code" | "images" | "limits" | "architectures"> &
      CodeSourceDeps,
  ) {
    const key = wholeFunction(input, context, "UpdateFunctionCode");
    const { S3ObjectStorageMode, ImageUri, SourceKMSKeyArn, PublishTo } = input;
    refuseUnbuilt("UpdateFunctionCode", {
      "S3ObjectStorageMode REFERENCE": S3ObjectStorageMode === "REFERENCE",
      SourceKMSKeyArn,
      PublishTo,
    });
    if (!hasSource(input)) throw new InvalidParameterValueException("Please provide a source for function code.");
    const { settings, code: current } = await deps.functions.get(key);
    checkPackage(settings.PackageType, input, "updating");
    const wanted = input.Architectures as ("x86_64" | "arm64")[] | undefined;
    if (wanted) checkArchitecture({ ...settings, Architectures: wanted }, deps);
    checkSignature(await deps.codeSigningConfigs.ofFunction(key), key.FunctionName);
    const layers = settings.Layers ?? [];
    const code =
      ImageUri === undefined
        ? await archiveOf(input, { key, layers, current, context }, deps)
        : await imageCode(ImageUri, context, deps);
    return await deps.functions.update(key, {
      code,
      ...(wanted && { settings: (current) => ({ ...current, Architectures: wanted }) }),
      RevisionId: input.RevisionId,
      Publish: input.Publish ?? false,
      DryRun: input.DryRun ?? false,
      invocationId: invocationId(context),
    });
  },
});

interface Update {
  readonly key: FunctionKey;
  readonly layers: readonly AttachedLayer[];
  readonly current: CodeArchive;
  readonly context: RequestContext;
}

/** Checks the archive and stores it, except for a dry run. */
async function archiveOf(
  source: CodeSource & { readonly DryRun?: boolean | undefined; readonly Publish?: boolean | undefined },
  { key, layers, current, context }: Update,
  deps: Pick<ApiDeps, "functions" | "code" | "limits"> & CodeSourceDeps,
): Promise<CodeArchive> {
  const zip = await codeBytes(source, context, deps);
  await checkUnpackedSize(await checkArchive(zip), layers, deps);
  const addedBytes = zip.byteLength * (source.Publish ? 2 : 1) - current.sizeBytes;
  return source.DryRun ? digestOf(zip) : await storeArchive(key, zip, addedBytes, deps);
}

function digestOf(zip: Uint8Array): CodeArchive {
  return { digest: createHash("sha256").update(zip).digest("hex"), sizeBytes: zip.byteLength };
}
