import type { Random } from "@hearth/kit";

/** `YYYY/MM/DD/[version]<32 hex>`: one stream for each environment. */
export function logStreamName(version: string, nowMs: number, random: Random): string {
  const [day = ""] = new Date(nowMs).toISOString().split("T");
  return `${day.replaceAll("-", "/")}/[${version}]${random.hex(16)}`;
}
