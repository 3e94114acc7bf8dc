import {
  InvalidParameterValueException,
  logGroupName,
  MAX_ENVIRONMENT_BYTES,
  MAX_MEMORY_MB,
  NotImplementedException,
} from "@hearth/model";
import type { FunctionSettings } from "@hearth/store";
import type { ConfigurationInput } from "./functionMembers.ts";
import { imageConfig } from "../code/imageCode.ts";

/** AWS's rules for what users set of a function, and AWS's defaults. */

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED_VARIABLES = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Refuses what AWS would do and Hearth would silently not. */
export function refuseUnbuilt(operation: string, wishes: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(wishes)) {
    if (value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0))
      continue;
    throw new NotImplementedException(`${operation} with ${name} is not implemented by Hearth.`);
  }
}

/** Refuses members of a configuration that Hearth would silently not act on. */
export function refuseUnbuiltConfiguration(operation: string, input: ConfigurationInput): void {
  refuseUnbuilt(operation, {
    S3FilesConfig: input.FileSystemConfigs?.some(({ S3FilesConfig }) => S3FilesConfig !== undefined),
    CapacityProviderConfig: input.CapacityProviderConfig,
    DurableConfig: input.DurableConfig,
  });
}

/** The rules that go beyond one member's constraints. */
export function checkConfiguration(input: ConfigurationInput): void {
  if (input.MemorySize !== undefined && input.MemorySize > MAX_MEMORY_MB) {
    throw new InvalidParameterValueException(
      `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${MAX_MEMORY_MB}`,
    );
  }
  const variables = input.Environment?.Variables ?? {};
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw new InvalidParameterValueException(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > MAX_ENVIRONMENT_BYTES) {
    throw new InvalidParameterValueException(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
  checkDeadLetterTarget(input.DeadLetterConfig?.TargetArn);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq: standard queues and topics. */
function checkDeadLetterTarget(arn: string | undefined): void {
  if (arn === undefined || arn === "") return;
  if (/^arn:aws[a-zA-Z-]*:(sqs|sns):[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+$/.test(arn)) return;
  throw new InvalidParameterValueException(
    "The provided dead letter queue target must be the ARN of a standard Amazon SQS queue or a standard Amazon SNS topic.",
  );
}

/** What a new function is set to before its owner's wishes. */
export function defaultSettings(FunctionName: string, Role: string): FunctionSettings {
  return {
    Role,
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    TracingConfig: { Mode: "PassThrough" },
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: { LogFormat: "Text", LogGroup: logGroupName(FunctionName) },
  };
}

/**
 * `current` with everything that `input` names, its layers as `layers`. An empty ImageConfig, variables, KMSKeyArn, dead letter target
 * or list of layers takes the setting away.
 */
export function withWishes(
  current: FunctionSettings,
  input: ConfigurationInput,
  layers: FunctionSettings["Layers"],
): FunctionSettings {
  const { VpcConfig, Environment, KMSKeyArn, DeadLetterConfig, Layers, FileSystemConfigs, ImageConfig, ...kept } =
    current;
  const vpc = input.VpcConfig === undefined ? VpcConfig : vpcConfig(input.VpcConfig);
  const environment = input.Environment === undefined ? Environment : environmentOf(input.Environment.Variables);
  const key = input.KMSKeyArn === undefined ? KMSKeyArn : input.KMSKeyArn || undefined;
  const image = input.ImageConfig === undefined ? ImageConfig : imageConfig(input.ImageConfig);
  const deadLetterTarget = input.DeadLetterConfig?.TargetArn ?? DeadLetterConfig?.TargetArn;
  const attached = layers ?? Layers ?? [];
  const mounted = input.FileSystemConfigs ?? FileSystemConfigs ?? [];
  const fileSystems = mounted.map(({ Arn, LocalMountPath }) => ({ Arn, LocalMountPath }));
  return {
    ...kept,
    ...(input.Runtime !== undefined && { Runtime: input.Runtime }),
    ...(input.Role !== undefined && { Role: input.Role }),
    ...(input.Handler !== undefined && { Handler: input.Handler }),
    ...(input.Description !== undefined && { Description: input.Description }),
    ...(input.Timeout !== undefined && { Timeout: input.Timeout }),
    ...(input.MemorySize !== undefined && { MemorySize: input.MemorySize }),
    ...(vpc && { VpcConfig: vpc }),
    ...(environment && { Environment: environment }),
    ...(key !== undefined && { KMSKeyArn: key }),
    ...(deadLetterTarget && { DeadLetterConfig: { TargetArn: deadLetterTarget } }),
    ...(fileSystems.length > 0 && { FileSystemConfigs: fileSystems }),
    ...(image && { ImageConfig: image }),
    ...(attached.length > 0 && { Layers: attached }),
    ...(input.TracingConfig?.Mode !== undefined && { TracingConfig: { Mode: input.TracingConfig.Mode } }),
    ...(input.EphemeralStorage && { EphemeralStorage: input.EphemeralStorage }),
    ...(input.SnapStart?.ApplyOn !== undefined && {
      SnapStart: { ApplyOn: input.SnapStart.ApplyOn, OptimizationStatus: "Off" },
    }),
    ...(input.LoggingConfig && { LoggingConfig: loggingConfig(current.LoggingConfig, input.LoggingConfig) }),
  };
}

/** Once given it is shown, also when it was given empty to leave the network. */
function vpcConfig(wish: NonNullable<ConfigurationInput["VpcConfig"]>): FunctionSettings["VpcConfig"] {
  const { SubnetIds = [], SecurityGroupIds = [], Ipv6AllowedForDualStack = false } = wish;
  return { SubnetIds, SecurityGroupIds, VpcId: "", Ipv6AllowedForDualStack };
}

function environmentOf(variables: Readonly<Record<string, string>> = {}): FunctionSettings["Environment"] {
  return Object.keys(variables).length === 0 ? undefined : { Variables: variables };
}

/** JSON logs have levels, INFO unless told; text logs have none. */
function loggingConfig(
  current: FunctionSettings["LoggingConfig"],
  wish: NonNullable<ConfigurationInput["LoggingConfig"]>,
): FunctionSettings["LoggingConfig"] {
  const LogFormat = wish.LogFormat ?? current.LogFormat;
  const LogGroup = wish.LogGroup ?? current.LogGroup;
  if (LogFormat === "Text") return { LogFormat, LogGroup };
  return {
    LogFormat,
    ApplicationLogLevel: wish.ApplicationLogLevel ?? current.ApplicationLogLevel ?? "INFO",
    SystemLogLevel: wish.SystemLogLevel ?? current.SystemLogLevel ?? "INFO",
    LogGroup,
  };
}
