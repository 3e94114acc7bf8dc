import { InvalidParameterValueException } from "@hearth/model";
import type { FunctionSettings } from "@hearth/store";
import type { ConfigurationInput } from "./functionMembers.ts";

/** The most ephemeral storage of a function with SnapStart. */
const SNAP_START_STORAGE_MB = 512;

/** AWS's rules on combinations of settings. `settings` are those after the request, `input` the requested members. */
export function checkSettings(settings: FunctionSettings, input: ConfigurationInput): void {
  const { SubnetIds = [], SecurityGroupIds = [] } = input.VpcConfig ?? {};
  if ((SubnetIds.length === 0) !== (SecurityGroupIds.length === 0)) {
    throw new InvalidParameterValueException("SubnetIds and SecurityIds must coexist or be both empty list.");
  }
  const { ApplicationLogLevel, SystemLogLevel } = input.LoggingConfig ?? {};
  if (settings.LoggingConfig.LogFormat === "Text" && (ApplicationLogLevel ?? SystemLogLevel) !== undefined) {
    throw new InvalidParameterValueException("To use a log level filter, you must first configure log format as JSON.");
  }
  if (settings.SnapStart.ApplyOn === "PublishedVersions") checkSnapStart(settings);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes */
function checkSnapStart(settings: FunctionSettings): void {
  let what: string | undefined;
  if (!isSnapStartable(settings)) what = settings.PackageType === "Image" ? "ContainerImage" : settings.Runtime;
  else if (settings.EphemeralStorage.Size > SNAP_START_STORAGE_MB)
    what = `Ephemeral storage greater than ${SNAP_START_STORAGE_MB} MB`;
  else if ((settings.FileSystemConfigs ?? []).length > 0) what = "EFS";
  if (what !== undefined)
    throw new InvalidParameterValueException(`${what} is not supported for SnapStart enabled functions.`);
}

/** Java 11, Python 3.12, .NET 8 and later. */
function isSnapStartable({ PackageType, Runtime = "" }: FunctionSettings): boolean {
  if (PackageType === "Image") return false;
  const [, family, version = ""] = /^(java|python3\.|dotnet)(\d+)/.exec(Runtime) ?? [];
  return Number(version) >= (family === "java" ? 11 : family === "dotnet" ? 8 : family === "python3." ? 12 : Infinity);
}
