import { expect, test } from "vitest";
import { atAttempt, ATTEMPT_NUMBER, NUMBERS_ATTEMPTS } from "./atAttempt.ts";
import { outgoing } from "./testing/outgoing.ts";

const body = Buffer.from(`{"attempt":"${ATTEMPT_NUMBER}"}`);
const attributes = { n: { DataType: "String", StringValue: ATTEMPT_NUMBER } };
const shown = (sent: ReturnType<typeof outgoing>) => [
  Buffer.from(sent.body).toString(),
  sent.attributes["n"]?.StringValue,
];

test("a message that numbers its attempts has the number of the attempt in its body and attributes", () => {
  const message = outgoing({ body, attributes, parameters: NUMBERS_ATTEMPTS });
  expect(shown(atAttempt(message, 3))).toEqual(['{"attempt":"3"}', "3"]);
  expect(shown(message)).toEqual([body.toString(), ATTEMPT_NUMBER]);
});

test("any other message with that text is sent as it is", () => {
  const message = outgoing({ body, attributes });
  expect(atAttempt(message, 3)).toBe(message);
});
