import type { AsyncMessage } from "rabbitmq-client";
import { NO_ENCODING } from "./exactBodies.ts";

/** A message as functions get it. https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html */
export interface RabbitmqMessage {
  readonly basicProperties: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** Base64. */
  readonly data: string;
}

/** AWS writes times as Java does: `Jan 1, 1970, 12:33:41 AM`. */
const TIME = new Intl.DateTimeFormat("en-US", {
  timeZone: "UTC",
  dateStyle: "medium",
  timeStyle: "medium",
});

export function toRabbitmqMessage(message: AsyncMessage, body: Buffer): RabbitmqMessage {
  const { durable, timestamp } = message;
  return {
    basicProperties: {
      contentType: message.contentType ?? null,
      contentEncoding: message.contentEncoding === NO_ENCODING ? null : (message.contentEncoding ?? null),
      headers: message.headers ? tableOf(message.headers) : null,
      deliveryMode: durable ? 2 : 1,
      priority: message.priority ?? null,
      correlationId: message.correlationId ?? null,
      replyTo: message.replyTo ?? null,
      expiration: message.expiration ?? null,
      messageId: message.messageId ?? null,
      timestamp: timestamp === undefined ? null : timeText(timestamp * 1000),
      type: message.type ?? null,
      userId: message.userId ?? null,
      appId: message.appId ?? null,
      clusterId: null,
      bodySize: body.length,
    },
    redelivered: message.redelivered,
    data: body.toString("base64"),
  };
}

function tableOf(table: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, fieldOf(value)]));
}

/** Texts are objects with their bytes, and bytes have a sign, as in Java. */
function fieldOf(value: unknown): unknown {
  if (typeof value === "string") return { bytes: signed(Buffer.from(value)) };
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return signed(value);
  if (value instanceof Date) return timeText(value.getTime());
  if (Array.isArray(value)) return value.map(fieldOf);
  return typeof value === "object" && value !== null ? tableOf(value) : (value ?? null);
}

function signed(bytes: Uint8Array): readonly number[] {
  return Array.from(Int8Array.from(bytes));
}

function timeText(atMs: number): string {
  return TIME.format(atMs).replaceAll("\u202f", " ");
}
