import type { Random } from "@hearth/kit";
import type { FunctionVersion, LogStreamName } from "@hearth/model";

/** How AWS names an environment in its events: as its log stream, with the function's name before the version. */
export function instanceIdOf({ FunctionName }: FunctionVersion, { logStreamName }: LogStreamName): string {
  return logStreamName.replace("/[", `/${FunctionName}[`);
}

/** The log stream of a new environment: one stream for each, in its function's log group, named `YYYY/MM/DD/[version]<32 hex>`. */
export function newLogStream(version: FunctionVersion, nowMs: number, random: Random): LogStreamName {
  const [day = ""] = new Date(nowMs).toISOString().split("T");
  return {
    accountId: version.accountId,
    region: version.region,
    logGroupName: version.configuration.LoggingConfig.LogGroup,
    logStreamName: `${day.replaceAll("-", "/")}/[${version.Version}]${random.hex(16)}`,
  };
}
