import { createHash } from "node:crypto";
import {
  blob,
  bool,
  CodeStorageExceededException,
  CodeVerificationFailedException,
  choice,
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
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../apiDeps.ts";
import { checkUnpackedSize } from "../attachedLayers.ts";
import { checkArchive, storeArchive } from "../codeArchive.ts";
import { type CodeSourceDeps, codeBytes, hasSource } from "../codeSource.ts";
import { checkSignature } from "../codeSigning.ts";
import { refuseUnbuilt } from "../configuration.ts";
import { Architectures, codeMembers } from "../functionMembers.ts";
import { invocationId } from "../invocationId.ts";
import { wholeFunction } from "../target.ts";

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
  errors: [
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
    deps: Pick<ApiDeps, "region" | "functions" | "codeSigningConfigs" | "code" | "limits"> & CodeSourceDeps,
  ) {
    const key = wholeFunction(input, context, deps.region, "UpdateFunctionCode");
    const { S3ObjectStorageMode, ImageUri, SourceKMSKeyArn, PublishTo } = input;
    refuseUnbuilt("UpdateFunctionCode", {
      "S3ObjectStorageMode REFERENCE": S3ObjectStorageMode === "REFERENCE",
      ImageUri,
      SourceKMSKeyArn,
      PublishTo,
    });
    if (!hasSource(input)) throw new InvalidParameterValueException("Please provide a source for function code.");
    const { settings, code: current } = await deps.functions.get(key);
    checkSignature(await deps.codeSigningConfigs.ofFunction(key), key.FunctionName);
    const zip = await codeBytes(input, context.signal, deps);
    await checkUnpackedSize(await checkArchive(zip), settings.Layers ?? [], deps);
    const addedBytes = zip.byteLength * (input.Publish ? 2 : 1) - current.sizeBytes;
    const architectures = input.Architectures as ("x86_64" | "arm64")[] | undefined;
    return await deps.functions.update(key, {
      code: input.DryRun ? digestOf(zip) : await storeArchive(key.accountId, zip, addedBytes, deps),
      ...(architectures && { settings: (current) => ({ ...current, Architectures: architectures }) }),
      RevisionId: input.RevisionId,
      Publish: input.Publish ?? false,
      DryRun: input.DryRun ?? false,
      invocationId: invocationId(context),
    });
  },
});

function digestOf(zip: Uint8Array): { readonly digest: string; readonly sizeBytes: number } {
  return { digest: createHash("sha256").update(zip).digest("hex"), sizeBytes: zip.byteLength };
}
