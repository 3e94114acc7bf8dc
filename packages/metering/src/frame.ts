import { crc32 } from "node:zlib";
import type { UsageRecord } from "@hearth/model";

/** A record as one line of a journal: its checksum in hexadecimal, a space, JSON. */
export function frame(record: UsageRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16)} ${json}\n`;
}

/** The records of a journal's text, and how many lines a crash or a full disk left torn. */
export function readFrames(text: string): { readonly records: readonly UsageRecord[]; readonly torn: number } {
  const records: UsageRecord[] = [];
  let torn = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const space = line.indexOf(" ");
    const json = line.slice(space + 1);
    if (space > 0 && crc32(json).toString(16) === line.slice(0, space)) records.push(JSON.parse(json) as UsageRecord);
    else torn++;
  }
  return { records, torn };
}
