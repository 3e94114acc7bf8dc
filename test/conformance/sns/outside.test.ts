import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { OutsideServer, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly from: string;
  readonly text: string;
}

const onAws = process.env["TARGET"] === "aws" ? "AWS cannot send mail to a server on this machine" : undefined;

describe("recipients outside Hearth", skipReason(onAws), () => {
  const mails: Mail[] = [];
  let hearth: RunningHearth;
  let sns: SNSClient;
  let mailServer: SMTPServer;
  let TopicArn = "";

  beforeAll(async () => {
    mailServer = new SMTPServer({
      disabledCommands: ["STARTTLS", "AUTH"],
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const to = envelope.rcptTo.map(({ address }) => address);
          mails.push({ to, ...parse(Buffer.concat(chunks).toString("utf8")) });
          done();
        });
      },
    });
    mailServer.listen(0, "127.0.0.1");
    await once(mailServer.server, "listening");
    const { port } = mailServer.server.address() as AddressInfo;
    hearth = await startHearth({
      env: { HEARTH_SMTP_URL: `smtp://127.0.0.1:${port}`, HEARTH_SMTP_FROM: "Hearth <hearth@example.org>" },
    });
    sns = new SNSClient({ ...hearth.clientConfig, maxAttempts: 1 });
    const created = await sns.send(new CreateTopicCommand({ Name: "news", Attributes: { DisplayName: "The news" } }));
    TopicArn = created.TopicArn ?? "";
  });
  afterAll(async () => {
    sns.destroy();
    await hearth[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => mailServer.close(() => resolve()));
  });

  /** The next mail for an address after those that are known. */
  const mailTo = async (address: string, known = 0): Promise<Mail> => {
    const ofAddress = (): readonly Mail[] => mails.filter(({ to }) => to.includes(address));
    await expect.poll(() => ofAddress().length).toBeGreaterThan(known);
    return ofAddress()[known]!;
  };
  const follow = async (text: string): Promise<number> => {
    const [link = ""] = /https?:\/\/\S+Action=\S+/.exec(text) ?? [];
    const { pathname, search } = new URL(link);
    return (await fetch(`${hearth.endpoint}${pathname}${search}`)).status;
  };
  const confirmed = async (): Promise<readonly (string | undefined)[]> => {
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    return Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn?.startsWith("arn:")).map(
      ({ Endpoint }) => Endpoint,
    );
  };

  test("subscriptions by mail are confirmed by a link, get messages as text, and are ended by a link", async () => {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "ann@example.com" }));
    const question = await mailTo("ann@example.com");
    expect(question).toMatchObject({
      subject: "AWS Notification - Subscription Confirmation",
      to: ["ann@example.com"],
    });
    expect(question.from).toContain("The news");
    expect(question.text).toContain(TopicArn);
    expect(await follow(question.text)).toBe(200);
    expect(await confirmed()).toEqual(["ann@example.com"]);
    await sns.send(new PublishCommand({ TopicArn, Subject: "Today", Message: "all is well" }));
    const message = await mailTo("ann@example.com", 1);
    expect(message.subject).toBe("Today");
    expect(message.text).toMatch(/^all is well/);
    expect(await follow(message.text)).toBe(200);
    expect(await confirmed()).toEqual([]);
  });

  test("an account cannot make Hearth call itself, its neighbours, or the metadata service of a cloud", async () => {
    await using neighbour = await OutsideServer.open();
    const { port } = new URL(hearth.endpoint);
    const endpoints = [
      ...[`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, "http://169.254.169.254/latest/meta-data/"],
      ...[`${neighbour.url}/`, `http://0x7f.1:${neighbour.port}/`, `http://[::ffff:127.0.0.1]:${neighbour.port}/`],
    ];
    for (const Endpoint of endpoints) await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
    const refused = async (): Promise<number> => {
      const text = await (await fetch(hearth.metrics ?? "")).text();
      return Number(/^hearth_outbound_requests_total\{outcome="refused"\} (\d+)/m.exec(text)?.[1] ?? 0);
    };
    await expect.poll(refused).toBe(endpoints.length);
    expect(neighbour.connections).toBe(0);
  });

  test("subscriptions with email-json get the document that HTTP endpoints get", async () => {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email-json", Endpoint: "bob@example.com" }));
    const question = JSON.parse((await mailTo("bob@example.com")).text) as Readonly<Record<string, string>>;
    expect(question).toMatchObject({ Type: "SubscriptionConfirmation", TopicArn });
    expect(await follow(question["SubscribeURL"] ?? "")).toBe(200);
    await sns.send(new PublishCommand({ TopicArn, Message: "grüße" }));
    const message = await mailTo("bob@example.com", 1);
    expect(message.subject).toBe("AWS Notification Message");
    expect(JSON.parse(message.text)).toMatchObject({ Type: "Notification", Message: "grüße", TopicArn });
  });
});

/** Of a mail with one text part. */
function parse(source: string): Pick<Mail, "subject" | "from" | "text"> {
  const [head = "", ...body] = source.split("\r\n\r\n");
  const headers = head.replaceAll(/\r\n[ \t]+/g, " ");
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, "mi").exec(headers)?.[1] ?? "";
  const text = body.join("\r\n\r\n");
  return { subject: header("Subject"), from: header("From"), text: decoded(text, header("Content-Transfer-Encoding")) };
}

function decoded(text: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(text, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return text;
  const bytes = text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
