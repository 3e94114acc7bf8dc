import { type Mail, MailRefused, OutboundFailed } from "@hearth/outbound";
import { expect, test } from "vitest";
import { email } from "./email.ts";
import { ACCOUNT, messageTo, outsideParts, signal } from "./testing/outsideParts.ts";

const message = messageTo("mailto:ann@example.com", {
  body: Buffer.from("Grüße"),
  parameters: { subject: "News", displayName: "Orders" },
});

test("the body is the text of the mail", async () => {
  const sent: Mail[] = [];
  const parts = outsideParts();
  await email({ ...parts, mailer: { send: async (mail) => void sent.push(mail) } }).attempt(message, signal);
  expect(sent).toEqual([
    { accountId: ACCOUNT, to: "ann@example.com", subject: "News", text: "Grüße", fromName: "Orders" },
  ]);
  expect(parts.taken).toEqual([{ key: `mail of ${ACCOUNT}`, perSecond: 10 }]);
});

test("what the mail server refuses is final; other failures, and a mail server that is not set, may pass", async () => {
  const failing = (error: Error) =>
    email({ ...outsideParts(), mailer: { send: async () => await Promise.reject(error) } });
  await expect(failing(new MailRefused("no such user")).attempt(message, signal)).rejects.toMatchObject({
    name: "DeliveryRefused",
  });
  await expect(failing(new Error("try later")).attempt(message, signal)).rejects.toMatchObject({ name: "Error" });
  const busy = failing(new OutboundFailed("busy", "no free connection")).attempt(message, signal);
  await expect(busy).rejects.toMatchObject({ name: "DeliveryDelayed", isAttempt: false });
  await expect(email({ ...outsideParts(), mailer: undefined }).attempt(message, signal)).rejects.toMatchObject({
    name: "Error",
  });
});
