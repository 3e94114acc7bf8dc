import type { Random } from "@hearth/kit";
import type { FunctionVersion, LogStreamName } from "@hearth/model";

/** Each environment writes a stream of its own in its function's group, called `YYYY/MM/DD/[version]<32 hex>`. */
export function newLogStream(version: FunctionVersion, nowMs: number, random: Random): LogStreamName {
  const [day = ""] = new Date(nowMs).toISOString().split("T");
  return {
    accountId: version.accountId,
    region: version.region,
    logGroupName: version.configuration.LoggingConfig.LogGroup,
    logStreamName: `${day.replaceAll("-", "/")}/[${version.Version}]${random.hex(16)}`,
  };
}
