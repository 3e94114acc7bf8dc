import type { OutgoingMessage } from "@hearth/model";
import type { EndedEvent } from "./eventRecord.ts";

/** AWS sends the first kilobyte. */
const MESSAGE_BYTES = 1024;

/** The attributes of a dead letter, whose body is the event. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq */
export function deadLetterAttributes({ event, settlement }: EndedEvent): OutgoingMessage["attributes"] {
  const error = settlement.error ?? event.lastError;
  const status = settlement.status ?? event.lastStatus;
  const message = messageIn(error ?? settlement.condition);
  return {
    RequestID: { DataType: "String", StringValue: event.id },
    ...(status !== undefined && { ErrorCode: { DataType: "Number", StringValue: String(status) } }),
    ErrorMessage: { DataType: "String", StringValue: firstBytes(message === "" ? settlement.condition : message) },
  };
}

/** The `errorMessage` of a function's error document, or the text itself. */
function messageIn(error: string): string {
  try {
    const document = JSON.parse(error) as unknown;
    const { errorMessage } = document as { readonly errorMessage?: unknown };
    if (typeof errorMessage === "string") return errorMessage;
  } catch {
    // an error of Hearth's own, or a document that was cut
  }
  return error;
}

/** At most a kilobyte, without half a character at its end and without characters that a queue refuses. */
function firstBytes(text: string): string {
  const allowed = text.toWellFormed().replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, " ");
  const bytes = Buffer.from(allowed);
  if (bytes.byteLength <= MESSAGE_BYTES) return allowed;
  return bytes
    .subarray(0, MESSAGE_BYTES)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}
