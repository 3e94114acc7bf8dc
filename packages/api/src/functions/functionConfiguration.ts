import { structure } from "@hearth/model";
import { z } from "zod";

const ServiceError = structure({ ErrorCode: z.string(), Message: z.string() }).partial();

const Layer = structure({
  Arn: z.string(),
  CodeSize: z.number(),
  SigningProfileVersionArn: z.string(),
  SigningJobArn: z.string(),
}).partial();

const FileSystemConfig = structure({
  Arn: z.string(),
  LocalMountPath: z.string(),
  S3FilesConfig: structure({ DirectS3Read: z.string() }).partial().optional(),
});

const ImageConfigResponse = structure({
  ImageConfig: structure({
    EntryPoint: z.array(z.string()),
    Command: z.array(z.string()),
    WorkingDirectory: z.string(),
  }).partial(),
  Error: ServiceError,
}).partial();

const CapacityProviderConfig = structure({
  LambdaManagedInstancesCapacityProviderConfig: structure({
    CapacityProviderArn: z.string(),
    PerExecutionEnvironmentMaxConcurrency: z.number().optional(),
    ExecutionEnvironmentMemoryGiBPerVCpu: z.number().optional(),
  }),
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export const FunctionConfiguration = structure({
  FunctionName: z.string(),
  FunctionArn: z.string(),
  Runtime: z.string(),
  Role: z.string(),
  Handler: z.string(),
  CodeSize: z.number(),
  Description: z.string(),
  Timeout: z.number(),
  MemorySize: z.number(),
  LastModified: z.string(),
  CodeSha256: z.string(),
  Version: z.string(),
  VpcConfig: structure({
    SubnetIds: z.array(z.string()),
    SecurityGroupIds: z.array(z.string()),
    VpcId: z.string(),
    Ipv6AllowedForDualStack: z.boolean(),
  }).partial(),
  DeadLetterConfig: structure({ TargetArn: z.string() }).partial(),
  Environment: structure({ Variables: z.record(z.string(), z.string()), Error: ServiceError }).partial(),
  KMSKeyArn: z.string(),
  TracingConfig: structure({ Mode: z.string() }).partial(),
  MasterArn: z.string(),
  RevisionId: z.string(),
  Layers: z.array(Layer),
  State: z.string(),
  StateReason: z.string(),
  StateReasonCode: z.string(),
  LastUpdateStatus: z.string(),
  LastUpdateStatusReason: z.string(),
  LastUpdateStatusReasonCode: z.string(),
  FileSystemConfigs: z.array(FileSystemConfig),
  SigningProfileVersionArn: z.string(),
  SigningJobArn: z.string(),
  PackageType: z.string(),
  ImageConfigResponse,
  Architectures: z.array(z.string()),
  EphemeralStorage: structure({ Size: z.number() }),
  SnapStart: structure({ ApplyOn: z.string(), OptimizationStatus: z.string() }).partial(),
  RuntimeVersionConfig: structure({ RuntimeVersionArn: z.string(), Error: ServiceError }).partial(),
  LoggingConfig: structure({
    LogFormat: z.string(),
    ApplicationLogLevel: z.string(),
    SystemLogLevel: z.string(),
    LogGroup: z.string(),
  }).partial(),
  TenancyConfig: structure({ TenantIsolationMode: z.string() }),
  CapacityProviderConfig,
  ConfigSha256: z.string(),
  DurableConfig: structure({
    KMSKeyArn: z.string(),
    RetentionPeriodInDays: z.number(),
    ExecutionTimeout: z.number(),
  }).partial(),
}).partial();
