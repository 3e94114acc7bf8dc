import {
  bool,
  choice,
  integer,
  LAYER_VERSION_ARN_PATTERN,
  list,
  MAX_TIMEOUT_SECONDS,
  MIN_MEMORY_MB,
  RoleArn,
  structure,
  structures,
  text,
  textMap,
} from "@hearth/model";
import { z } from "zod";

/** AWS's constraints on the members that CreateFunction and UpdateFunctionConfiguration share. */

const ARN_OR_EMPTY = "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";

const ACCESS_POINT_ARN =
  "arn:aws[a-zA-Z-]*:(elasticfilesystem:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:access-point/fsap-[a-f0-9]{17}|s3files:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:file-system/fs-[a-f0-9]+/access-point/fsap-[a-f0-9]+)";

export const ARCHITECTURES = ["x86_64", "arm64"] as const;
export const Architectures = list({ values: ARCHITECTURES }, { min: 1, max: 1 });
export const PackageType = choice(["Zip", "Image"]);
export const Tags = textMap();

export const configurationMembers = {
  Runtime: text().optional(),
  Role: RoleArn.optional(),
  Handler: text({ max: 128, pattern: "[^\\s]+" }).optional(),
  Description: text({ max: 256 }).optional(),
  Timeout: integer({ min: 1, max: MAX_TIMEOUT_SECONDS }).optional(),
  MemorySize: integer({ min: MIN_MEMORY_MB, max: 32_768 }).optional(),
  VpcConfig: structure({
    SubnetIds: list({}, { max: 16 }).optional(),
    SecurityGroupIds: list({}, { max: 5 }).optional(),
    Ipv6AllowedForDualStack: bool().optional(),
  }).optional(),
  DeadLetterConfig: structure({ TargetArn: text({ pattern: ARN_OR_EMPTY }).optional() }).optional(),
  Environment: structure({ Variables: textMap({ pattern: "[a-zA-Z]([a-zA-Z0-9_])+" }).optional() }).optional(),
  KMSKeyArn: text({ pattern: ARN_OR_EMPTY }).optional(),
  TracingConfig: structure({ Mode: choice(["Active", "PassThrough"]).optional() }).optional(),
  EphemeralStorage: structure({ Size: integer({ min: 512, max: 10_240 }) }).optional(),
  SnapStart: structure({ ApplyOn: choice(["PublishedVersions", "None"]).optional() }).optional(),
  LoggingConfig: structure({
    LogFormat: choice(["JSON", "Text"]).optional(),
    ApplicationLogLevel: choice(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]).optional(),
    SystemLogLevel: choice(["DEBUG", "INFO", "WARN"]).optional(),
    LogGroup: text({ min: 1, max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]+" }).optional(),
  }).optional(),
  Layers: list({ min: 1, max: 140, pattern: LAYER_VERSION_ARN_PATTERN }).optional(),
  FileSystemConfigs: structures(
    structure({
      Arn: text({ max: 200, pattern: ACCESS_POINT_ARN }),
      LocalMountPath: text({ max: 160, pattern: "/mnt/[a-zA-Z0-9-_.]+" }),
      S3FilesConfig: z.unknown().optional(),
    }),
    { max: 1 },
  ).optional(),
  ImageConfig: z.record(z.string(), z.unknown()).optional(),
  CapacityProviderConfig: z.unknown().optional(),
  DurableConfig: z.unknown().optional(),
};

const Configuration = structure(configurationMembers);
export type ConfigurationInput = z.output<typeof Configuration>;

/** What PublishLayerVersion and functions take a deployment package from. */
export const layerContentMembers = {
  S3Bucket: text({ min: 3, max: 63, pattern: "[0-9A-Za-z\\.\\-_]*(?<!\\.)" }).optional(),
  S3Key: text({ min: 1, max: 1024 }).optional(),
  S3ObjectVersion: text({ min: 1, max: 1024 }).optional(),
  S3ObjectStorageMode: choice(["COPY", "REFERENCE"]).optional(),
};

export const codeMembers = {
  ...layerContentMembers,
  ImageUri: text().optional(),
  SourceKMSKeyArn: text({ pattern: ARN_OR_EMPTY }).optional(),
};
