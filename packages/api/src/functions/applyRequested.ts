import { logGroupName } from "@hearth/model";
import type { FunctionSettings } from "@hearth/store";
import { imageConfig } from "../code/imageCode.ts";
import type { ConfigurationInput } from "./functionMembers.ts";

/** AWS's defaults for a new function. */
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
 * The settings after a request: `current` with the members that `input` sets, and with `layers` when given. An empty ImageConfig, KMSKeyArn,
 * dead letter target, list of layers or set of variables removes the setting. An Environment without Variables changes nothing, as on AWS.
 */
export function applyRequested(
  current: FunctionSettings,
  input: ConfigurationInput,
  layers: FunctionSettings["Layers"],
): FunctionSettings {
  const { VpcConfig, Environment, KMSKeyArn, DeadLetterConfig, Layers, FileSystemConfigs, ImageConfig, ...kept } =
    current;
  const vpc = input.VpcConfig === undefined ? VpcConfig : vpcConfig(input.VpcConfig);
  const environment =
    input.Environment?.Variables === undefined ? Environment : environmentOf(input.Environment.Variables);
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

/** AWS shows an empty VpcConfig after a function has left its VPC. */
function vpcConfig(requested: NonNullable<ConfigurationInput["VpcConfig"]>): FunctionSettings["VpcConfig"] {
  const { SubnetIds = [], SecurityGroupIds = [], Ipv6AllowedForDualStack = false } = requested;
  return { SubnetIds, SecurityGroupIds, VpcId: "", Ipv6AllowedForDualStack };
}

function environmentOf(variables: Readonly<Record<string, string>>): FunctionSettings["Environment"] {
  return Object.keys(variables).length === 0 ? undefined : { Variables: variables };
}

/** JSON logs have levels, by default INFO. Text logs have none. */
function loggingConfig(
  current: FunctionSettings["LoggingConfig"],
  requested: NonNullable<ConfigurationInput["LoggingConfig"]>,
): FunctionSettings["LoggingConfig"] {
  const LogFormat = requested.LogFormat ?? current.LogFormat;
  const LogGroup = requested.LogGroup ?? current.LogGroup;
  if (LogFormat === "Text") return { LogFormat, LogGroup };
  return {
    LogFormat,
    ApplicationLogLevel: requested.ApplicationLogLevel ?? current.ApplicationLogLevel ?? "INFO",
    SystemLogLevel: requested.SystemLogLevel ?? current.SystemLogLevel ?? "INFO",
    LogGroup,
  };
}
