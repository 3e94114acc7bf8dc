import {
  ArnOrNothing,
  bool,
  choice,
  double,
  integer,
  LAYER_VERSION_ARN_PATTERN,
  list,
  MAX_TIMEOUT_SECONDS,
  MIN_MEMORY_MB,
  REGION_PATTERN,
  RoleArn,
  structure,
  structures,
  text,
  textMap,
} from "@hearth/model";
import type { z } from "zod";

/** AWS's constraints on the members that CreateFunction and UpdateFunctionConfiguration share. */

const ACCESS_POINT_ARN = `arn:aws[a-zA-Z-]*:elasticfilesystem:${REGION_PATTERN}:\\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}`;

const CAPACITY_PROVIDER_ARN = `arn:aws[a-zA-Z-]*:lambda:${REGION_PATTERN}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+`;

export const ARCHITECTURES = ["x86_64", "arm64"] as const;
export const Architectures = list({ values: ARCHITECTURES }, { min: 1, max: 1 });
export const PackageType = choice(["Zip", "Image"]);

export const configurationMembers = {
  Runtime: text().optional(),
  Role: RoleArn.optional(),
  Handler: text({ max: 128, pattern: "[^\\s]+" }).optional(),
  Description: text({ max: 256 }).optional(),
  Timeout: integer({ min: 1, max: MAX_TIMEOUT_SECONDS }).optional(),
  MemorySize: integer({ min: MIN_MEMORY_MB, max: 32_768 }).optional(),
  VpcConfig: structure({
    SubnetIds: list({ max: 1024, mayBeNull: true, pattern: "subnet-[0-9a-z]*" }, { max: 16 }).optional(),
    SecurityGroupIds: list({ max: 1024, mayBeNull: true, pattern: "sg-[0-9a-zA-Z]*" }, { max: 5 }).optional(),
    Ipv6AllowedForDualStack: bool().optional(),
  }).optional(),
  DeadLetterConfig: structure({ TargetArn: ArnOrNothing.optional() }).optional(),
  Environment: structure({ Variables: textMap({ pattern: "[a-zA-Z]([a-zA-Z0-9_])+" }).optional() }).optional(),
  KMSKeyArn: ArnOrNothing.optional(),
  TracingConfig: structure({ Mode: choice(["Active", "PassThrough"]).optional() }).optional(),
  EphemeralStorage: structure({ Size: integer({ min: 512, max: 10_240 }) }).optional(),
  SnapStart: structure({ ApplyOn: choice(["PublishedVersions", "None"]).optional() }).optional(),
  LoggingConfig: structure({
    LogFormat: choice(["JSON", "Text"]).optional(),
    ApplicationLogLevel: choice(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]).optional(),
    SystemLogLevel: choice(["DEBUG", "INFO", "WARN"]).optional(),
    LogGroup: text({ min: 1, max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]+" }).optional(),
  }).optional(),
  Layers: list({ min: 1, max: 2048, pattern: LAYER_VERSION_ARN_PATTERN }).optional(),
  FileSystemConfigs: structures(
    structure({
      Arn: text({ max: 256, pattern: ACCESS_POINT_ARN }),
      LocalMountPath: text({ max: 160, pattern: "/mnt/[a-zA-Z0-9-_.]+" }),
      S3FilesConfig: structure({ DirectS3Read: choice(["ENABLED", "DISABLED", "AUTO"]).optional() }).optional(),
    }),
    { max: 1 },
  ).optional(),
  ImageConfig: structure({
    EntryPoint: list({}, { max: 1500 }).optional(),
    Command: list({}, { max: 1500 }).optional(),
    WorkingDirectory: text({ max: 1000 }).optional(),
  }).optional(),
  CapacityProviderConfig: structure({
    LambdaManagedInstancesCapacityProviderConfig: structure({
      CapacityProviderArn: text({ min: 1, max: 140, pattern: CAPACITY_PROVIDER_ARN }),
      PerExecutionEnvironmentMaxConcurrency: integer({ min: 1, max: 1600 }).optional(),
      ExecutionEnvironmentMemoryGiBPerVCpu: double({ min: 2, max: 8 }).optional(),
    }),
  }).optional(),
  DurableConfig: structure({
    KMSKeyArn: ArnOrNothing.optional(),
    RetentionPeriodInDays: integer({ min: 1, max: 90 }).optional(),
    ExecutionTimeout: integer({ min: 1, max: 31_622_400 }).optional(),
  }).optional(),
};

const Configuration = structure(configurationMembers);
export type ConfigurationInput = z.output<typeof Configuration>;

/** Members for a deployment package in S3, of functions and layers. */
export const layerContentMembers = {
  S3Bucket: text({ min: 3, max: 63, pattern: "[0-9A-Za-z\\.\\-_]*(?<!\\.)" }).optional(),
  S3Key: text({ min: 1, max: 1024 }).optional(),
  S3ObjectVersion: text({ min: 1, max: 1024 }).optional(),
  S3ObjectStorageMode: choice(["COPY", "REFERENCE"]).optional(),
};

export const codeMembers = {
  ...layerContentMembers,
  ImageUri: text().optional(),
  SourceKMSKeyArn: ArnOrNothing.optional(),
};
