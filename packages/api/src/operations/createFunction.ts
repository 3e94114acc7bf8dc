import {
  AccessDeniedException,
  blob,
  bool,
  choice,
  CodeSigningConfigNotFoundException,
  CodeStorageExceededException,
  CodeVerificationFailedException,
  FunctionName,
  InvalidParameterValueException,
  NotImplementedException,
  RequestEntityTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  RoleArn,
  structure,
  Tags,
} from "@hearth/model";
import { configurationOf } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { attachedLayers, checkUnpackedSize } from "../layers/attachedLayers.ts";
import { checkArchive, storeArchive } from "../code/codeArchive.ts";
import { type CodeSourceDeps, codeBytes, hasSource } from "../code/codeSource.ts";
import { checkSignature, CodeSigningConfigArn, wantedCodeSigning } from "../code-signing/codeSigning.ts";
import { defaultSettings, applyRequested } from "../functions/applyRequested.ts";
import { checkConfiguration } from "../functions/checkConfiguration.ts";
import { refuseUnbuilt, refuseUnbuiltConfiguration } from "../functions/refuseUnbuilt.ts";
import { checkFileSystems } from "../functions/checkFileSystems.ts";
import {
  Architectures,
  codeMembers,
  configurationMembers,
  PackageType as PackageTypes,
} from "../functions/functionMembers.ts";
import { checkPackage, checkPackageSettings, imageCode } from "../code/imageCode.ts";
import { checkDeadLetterRole } from "../functions/checkDeadLetterRole.ts";
import { checkRole } from "../functions/checkRole.ts";
import { checkArchitecture } from "../functions/checkArchitecture.ts";
import { checkRuntime } from "../functions/checkRuntime.ts";
import { checkSettings } from "../functions/checkSettings.ts";
import { checkTags } from "../tags/checkTags.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const createFunction = operation({
  name: "CreateFunction",
  http: ["POST", "/2015-03-31/functions", 201],
  input: structure({
    FunctionName,
    ...configurationMembers,
    Role: RoleArn,
    Code: structure({ ZipFile: blob().optional(), ...codeMembers }),
    Publish: bool().optional(),
    PackageType: PackageTypes.optional(),
    Tags: Tags.optional(),
    Architectures: Architectures.optional(),
    CodeSigningConfigArn: CodeSigningConfigArn.optional(),
    PublishTo: choice(["LATEST_PUBLISHED"]).optional(),
    TenancyConfig: structure({ TenantIsolationMode: choice(["PER_TENANT"]) }).optional(),
  }),
  output: FunctionConfiguration,
  errors: [
    AccessDeniedException,
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    RequestEntityTooLargeException,
    CodeStorageExceededException,
    CodeSigningConfigNotFoundException,
    CodeVerificationFailedException,
    NotImplementedException,
  ],
  async handle(
    input,
    context,
    deps: Pick<
      ApiDeps,
      | "mayAssume"
      | "refusalOfSending"
      | "functions"
      | "fileSystems"
      | "codeSigningConfigs"
      | "images"
      | "layers"
      | "code"
      | "limits"
      | "runtimes"
      | "exactRuntimes"
      | "architectures"
    > &
      CodeSourceDeps,
  ) {
    const key = wholeFunction(input, context, "CreateFunction");
    const { S3ObjectStorageMode, SourceKMSKeyArn, ImageUri } = input.Code;
    const PackageType: "Zip" | "Image" = input.PackageType === "Image" ? "Image" : "Zip";
    refuseUnbuilt("CreateFunction", {
      "S3ObjectStorageMode REFERENCE": S3ObjectStorageMode === "REFERENCE",
      SourceKMSKeyArn,
      PublishTo: input.PublishTo,
      TenancyConfig: input.TenancyConfig,
    });
    refuseUnbuiltConfiguration("CreateFunction", input);
    if (!hasSource(input.Code)) throw new InvalidParameterValueException("Please provide a source for function code.");
    checkPackage(PackageType, input.Code, "creating");
    checkPackageSettings(PackageType, input);
    if (PackageType === "Zip" && (input.Runtime === undefined || input.Handler === undefined)) {
      throw new InvalidParameterValueException(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
      );
    }
    if (PackageType === "Image" && input.CodeSigningConfigArn !== undefined) {
      throw new InvalidParameterValueException(
        "Code signing is not supported for functions created with container images.",
      );
    }
    checkConfiguration(input);
    const wanted = applyRequested(defaultSettings(key.FunctionName, input.Role), input, undefined);
    const processors = input.Architectures as ("x86_64" | "arm64")[] | undefined;
    checkSettings({ ...wanted, PackageType }, input);
    checkFileSystems(key.accountId, input, deps);
    await checkRole(key.accountId, input.Role, deps);
    await checkDeadLetterRole(key, wanted, deps);
    checkTags(input.Tags ?? {});
    if (input.Runtime !== undefined) await checkRuntime(input.Runtime, deps);
    if (processors) checkArchitecture({ ...wanted, PackageType, Architectures: processors }, deps);
    const { CodeSigningConfigArn: arn } = input;
    const signing = arn === undefined ? undefined : await wantedCodeSigning(arn, context, deps);
    checkSignature(signing, key.FunctionName);
    if (await deps.functions.find(key)) {
      throw new ResourceConflictException(`Function already exist: ${key.FunctionName}`);
    }
    const layers = input.Layers && (await attachedLayers(input.Layers, [], context, deps));
    const zip = PackageType === "Zip" && (await codeBytes(input.Code, context, deps));
    if (zip) await checkUnpackedSize(await checkArchive(zip), layers ?? [], deps);
    const settings = {
      ...applyRequested(defaultSettings(key.FunctionName, input.Role), input, layers),
      // Variables that are empty from the beginning are shown; an update with empty ones removes them.
      ...(input.Environment?.Variables && { Environment: { Variables: input.Environment.Variables } }),
      PackageType,
      ...(processors && { Architectures: processors }),
    };
    const record = await deps.functions.create({
      ...key,
      settings,
      code: zip
        ? await storeArchive(key, zip, zip.byteLength * (input.Publish ? 2 : 1), deps)
        : await imageCode(ImageUri ?? "", context, deps),
      Tags: input.Tags ?? {},
      Publish: input.Publish ?? false,
      codeSigningId: signing?.id,
    });
    // FunctionArn has no qualifier even when the answer shows version 1.
    return configurationOf(record);
  },
});
