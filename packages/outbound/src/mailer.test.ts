import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@hearth/kit";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isMailAddress, Mailer, MailRefused } from "./mailer.ts";

const signal = new AbortController().signal;
const clock = new ManualClock();
const received: { readonly from: string; readonly to: readonly string[]; readonly text: string }[] = [];
let server: SMTPServer;
let refusal: { readonly status: number; readonly step: "recipient" | "data" } | undefined;
let mailer: Mailer;
/** When the server says that it has taken a mail. */
let answer: (done: () => void) => void;

function refusalAt(step: "recipient" | "data"): Error | null {
  return refusal?.step === step
    ? Object.assign(new Error("refused by the test"), { responseCode: refusal.status })
    : null;
}

beforeEach(async () => {
  received.length = 0;
  refusal = undefined;
  answer = (done) => done();
  server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === "us er" && password === "p@ss" ? done(null, { user: username }) : done(new Error("wrong password")),
    onRcptTo: (_address, _session, done) => done(refusalAt("recipient")),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        received.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        answer(() => done(refusalAt("data")));
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  mailer = new Mailer(
    { url: `smtp://us%20er:p%40ss@127.0.0.1:${port}`, from: "Hearth <hearth@example.org>" },
    { clock },
  );
});
afterEach(async () => {
  mailer[Symbol.dispose]();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

test("mail arrives with sender, recipient, subject and text", async () => {
  await mailer.send({ accountId: "1", to: "ann@example.com", subject: "Grüße", text: "line 1\n.\nline 3" }, signal);
  expect(received).toMatchObject([{ from: "hearth@example.org", to: ["ann@example.com"] }]);
  expect(received[0]?.text).toContain("From: Hearth <hearth@example.org>");
  expect(received[0]?.text).toContain("Subject: =?UTF-8?");
  expect(received[0]?.text).toContain("Auto-Submitted: auto-generated");
  expect(received[0]?.text).toMatch(/line 1\r\n\.+\r\nline 3/);
});

test("the sender's name can be another one, and adds no header", async () => {
  await mailer.send(
    { accountId: "1", to: "ann@example.com", subject: "a", text: "b", fromName: 'Or"ders\r\nBcc: eve@example.com' },
    signal,
  );
  expect(received).toMatchObject([{ from: "hearth@example.org", to: ["ann@example.com"] }]);
  expect(received[0]?.text.replaceAll(/\r\n[ \t]+/g, " ")).toMatch(/^From: .*<hearth@example\.org>/m);
  expect(received[0]?.text).not.toMatch(/^Bcc:/m);
});

test("an account with much mail leaves connections to others, and waits for its own", async () => {
  const answers: (() => void)[] = [];
  const held = Promise.withResolvers<void>();
  answer = (done) => {
    answers.push(done);
    if (answers.length === 2) held.resolve();
  };
  const to = (accountId: string) => ({ accountId, to: "ann@example.com", subject: accountId, text: "b" });
  const sent = [1, 2, 3].map(async () => await mailer.send(to("many"), signal));
  await held.promise;
  const third = expect(sent[2]).rejects.toMatchObject({ reason: "busy" });
  answer = (done) => done();
  await mailer.send(to("other"), signal);
  await clock.advance(20_000);
  await third;
  for (const done of answers) done();
  await Promise.all(sent.slice(0, 2));
  expect(received).toHaveLength(3);
});

test("a subject with line ends adds no header", async () => {
  await mailer.send(
    { accountId: "1", to: "ann@example.com", subject: "one\r\nBcc: eve@example.com\r\n\r\nbody", text: "text" },
    signal,
  );
  expect(received[0]?.to).toEqual(["ann@example.com"]);
  expect(received[0]?.text).not.toMatch(/^Bcc:/m);
});

test.each(["recipient", "data"] as const)(
  "what the server refuses for good at %s is refused, other refusals may pass",
  async (step) => {
    refusal = { step, status: 550 };
    await expect(
      mailer.send({ accountId: "1", to: "ann@example.com", subject: "a", text: "b" }, signal),
    ).rejects.toBeInstanceOf(MailRefused);
    refusal = { step, status: 451 };
    const later = mailer.send({ accountId: "1", to: "ann@example.com", subject: "a", text: "b" }, signal);
    await expect(later).rejects.toThrow("refused by the test");
    await expect(later).rejects.not.toBeInstanceOf(MailRefused);
  },
);

test("a wrong password, a server that is away, and an aborted attempt may be tried again", async () => {
  const { port } = server.server.address() as AddressInfo;
  for (const url of [`smtp://us%20er:wrong@127.0.0.1:${port}`, "smtp://127.0.0.1:1"]) {
    using other = new Mailer({ url, from: "hearth@example.org" }, { clock });
    const sending = other.send({ accountId: "1", to: "ann@example.com", subject: "a", text: "b" }, signal);
    await expect(sending).rejects.toThrow(/./);
    await expect(sending).rejects.not.toBeInstanceOf(MailRefused);
  }
  const aborted = mailer.send(
    { accountId: "1", to: "ann@example.com", subject: "a", text: "b" },
    AbortSignal.abort(new Error("stopping")),
  );
  await expect(aborted).rejects.toThrow("stopping");
});

test.each(["ann@example.com", "a.b+c@sub.example.com", "o'neil@localhost"])("%s is an address", (text) => {
  expect(isMailAddress(text)).toBe(true);
});

test.each([
  ...[
    "",
    "ann",
    "ann@",
    "@example.com",
    "ann@example.com,eve@example.com",
    "Ann <ann@example.com>",
    "ann@example.com\r\nBcc: eve@example.com",
  ],
  ...['"a b"@example.com', "ann@@example.com", "ann@exa mple.com", "ann@[127.0.0.1]", `ann@${"a".repeat(260)}.com`],
])("%j is not an address", (text) => {
  expect(isMailAddress(text)).toBe(false);
});
