import type { OutgoingMessage } from "@hearth/model";

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
export const ATTEMPT_NUMBER = "<aws.scheduler.attempt-number>";

/** A parameter of messages whose text holds `ATTEMPT_NUMBER`, in whose place each attempt sends its number. */
export const NUMBERS_ATTEMPTS = { numbersAttempts: true } as const;

/** The message as it is sent at an attempt; the first one is 1. The outbox keeps it as it was given. */
export function atAttempt(message: OutgoingMessage, attempt: number): OutgoingMessage {
  if (message.parameters?.["numbersAttempts"] !== true) return message;
  const numbered = (text: string): string => text.replaceAll(ATTEMPT_NUMBER, String(attempt));
  const attributes = Object.entries(message.attributes).map(([name, attribute]) => {
    const { StringValue } = attribute;
    return [
      name,
      StringValue === undefined ? attribute : { ...attribute, StringValue: numbered(StringValue) },
    ] as const;
  });
  return {
    ...message,
    body: Buffer.from(numbered(Buffer.from(message.body).toString("utf8"))),
    attributes: Object.fromEntries(attributes),
  };
}
