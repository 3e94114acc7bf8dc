import type { QueueRecord } from "../../eventSource.ts";
import { wholeText } from "../../wholeText.ts";
import type { OwnPlace } from "../ownSource.ts";

/** An entry as Redis answers it: its id, and names and values in turn. */
export type Entry = readonly [id: Buffer, fields: readonly Buffer[] | null];

/** An entry as functions get it. All its values are in base64 when one of them is not UTF-8. */
export function toRedisRecord([id, list]: Entry, place: OwnPlace): QueueRecord {
  const pairs = Array.from({ length: (list?.length ?? 0) / 2 }, (_, at) => [list?.[2 * at], list?.[2 * at + 1]]);
  const texts = pairs.map(([, value]) => wholeText(value ?? Buffer.alloc(0)));
  const isBase64Encoded = texts.includes(undefined);
  const messageId = id.toString();
  const event = {
    messageId,
    stream: place.rest,
    timestamp: Number(messageId.split("-")[0]),
    fields: Object.fromEntries(
      pairs.map(([name, value], at) => [
        name?.toString() ?? "",
        isBase64Encoded ? value?.toString("base64") : texts[at],
      ]),
    ),
    isBase64Encoded,
    eventSource: "hearth:redis",
    eventSourceARN: place.arn,
    awsRegion: place.region,
  };
  return { id: messageId, receipt: messageId, json: JSON.stringify(event), matched: () => ({ event }) };
}
