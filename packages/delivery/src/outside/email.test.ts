import { type Mail, MailRefused } from "@hearth/outbound";
import { expect, test } from "vitest";
import { email } from "./email.ts";
import { messageTo, signal } from "./testing/outsideParts.ts";

const message = messageTo("mailto:ann@example.com", {
  body: Buffer.from("Grüße"),
  parameters: { subject: "News", displayName: "Orders" },
});

test("the body is the text of the mail", async () => {
  const sent: Mail[] = [];
  await email({ mailer: { send: async (mail) => void sent.push(mail) } }).attempt(message, signal);
  expect(sent).toEqual([{ to: "ann@example.com", subject: "News", text: "Grüße", fromName: "Orders" }]);
});

test("what the mail server refuses is final; other failures, and a mail server that is not set, may pass", async () => {
  const failing = (error: Error) => email({ mailer: { send: async () => await Promise.reject(error) } });
  await expect(failing(new MailRefused("no such user")).attempt(message, signal)).rejects.toMatchObject({
    name: "DeliveryRefused",
  });
  await expect(failing(new Error("try later")).attempt(message, signal)).rejects.toMatchObject({ name: "Error" });
  await expect(email({ mailer: undefined }).attempt(message, signal)).rejects.toMatchObject({ name: "Error" });
});
