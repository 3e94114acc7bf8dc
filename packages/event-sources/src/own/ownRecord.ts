import type { SourceRecord } from "../eventSource.ts";
import { wholeText } from "../wholeText.ts";
import type { OwnPlace } from "./ownSource.ts";

export interface OwnMessage {
  /** What functions name it by in `batchItemFailures`. */
  readonly messageId: string;
  /** Such as `hearth:mqtt`. */
  readonly eventSource: string;
  readonly body: Uint8Array;
  /** What else the event has, such as the topic. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** A message as functions get it: its body as text, or in base64 when it is not UTF-8. */
export function ownRecord({ messageId, eventSource, body, members }: OwnMessage, place: OwnPlace): SourceRecord {
  const text = wholeText(body);
  const event = {
    messageId,
    ...members,
    body: text ?? Buffer.from(body).toString("base64"),
    isBase64Encoded: text === undefined,
    eventSource,
    eventSourceARN: place.arn,
    awsRegion: place.region,
  };
  return {
    id: messageId,
    json: JSON.stringify(event),
    matched: () => ({ event, dataKey: "body", data: text }),
  };
}
