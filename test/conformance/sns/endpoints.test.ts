import { createPublicKey, verify, X509Certificate } from "node:crypto";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { OutsideServer, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";

type Body = Readonly<Record<string, string>>;

const onAws = process.env["TARGET"] === "aws" ? "AWS cannot reach an endpoint on this machine" : undefined;

describe("HTTP endpoints", skipReason(onAws), () => {
  let hearth: RunningHearth;
  let sns: SNSClient;
  let server: OutsideServer;
  beforeAll(async () => {
    server = await OutsideServer.open();
    hearth = await startHearth({ env: { HEARTH_OUTBOUND_ALLOW: `*=127.0.0.1/32:${server.port}` } });
    sns = new SNSClient({ ...hearth.clientConfig, maxAttempts: 1 });
  });
  afterAll(async () => {
    sns.destroy();
    await hearth[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  let topics = 0;
  const newTopic = async (Attributes: Record<string, string> = {}): Promise<string> =>
    (await sns.send(new CreateTopicCommand({ Name: `topic-${topics++}`, Attributes }))).TopicArn ?? "";
  /** The next request that the endpoint gets. */
  const next = async () => {
    const count = server.received.length;
    return async () => {
      await server.receives(count + 1);
      const { headers, body } = server.received[count]!;
      return { headers, body, json: JSON.parse(body.startsWith("{") ? body : "{}") as Body };
    };
  };
  const subscribe = async (TopicArn: string, path: string, Attributes: Record<string, string> = {}) => {
    const received = await next();
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: `${server.url}${path}`, Attributes }),
    );
    return { SubscriptionArn, ...(await received()) };
  };
  /** Follows a link of a message as a program does: the port is not known to Hearth here. */
  const follow = async (link: string, headers: Record<string, string> = {}) => {
    const { pathname, search } = new URL(link);
    const response = await fetch(`${hearth.endpoint}${pathname}${search}`, { headers });
    return { status: response.status, text: await response.text() };
  };
  const certificates = new Map<string, Promise<string>>();
  const isSigned = async (message: Body): Promise<boolean> => {
    const names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"];
    const signed = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`);
    const url = message["SigningCertURL"] ?? "";
    const pem = certificates.get(url) ?? follow(url).then(({ text }) => text);
    certificates.set(url, pem);
    const key = createPublicKey(new X509Certificate(await pem).publicKey.export({ type: "spki", format: "pem" }));
    const algorithm = message["SignatureVersion"] === "2" ? "sha256" : "sha1";
    return verify(algorithm, Buffer.from(signed.join("")), key, Buffer.from(message["Signature"] ?? "", "base64"));
  };

  test("confirm a subscription by its link, and get signed notifications", async () => {
    const TopicArn = await newTopic();
    const { SubscriptionArn, headers, json } = await subscribe(TopicArn, "/confirm");
    expect(SubscriptionArn).toBe("pending confirmation");
    expect(headers["x-amz-sns-message-type"]).toBe("SubscriptionConfirmation");
    expect(Object.keys(json)).toEqual([
      ...["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL"],
      ...["Timestamp", "SignatureVersion", "Signature", "SigningCertURL"],
    ]);
    expect(await isSigned(json)).toBe(true);
    const confirmed = await follow(json["SubscribeURL"] ?? "");
    const [, arn = ""] = /<SubscriptionArn>([^<]*)</.exec(confirmed.text) ?? [];
    expect([confirmed.status, arn.startsWith(`${TopicArn}:`)]).toEqual([200, true]);
    const received = await next();
    await sns.send(new PublishCommand({ TopicArn, Message: "news", Subject: "S" }));
    const notification = await received();
    expect(notification.headers).toMatchObject({
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": notification.json["MessageId"],
      "x-amz-sns-topic-arn": TopicArn,
      "x-amz-sns-subscription-arn": arn,
      "content-type": "text/plain; charset=UTF-8",
    });
    expect(notification.json).toMatchObject({ Type: "Notification", Message: "news", Subject: "S" });
    expect(await isSigned(notification.json)).toBe(true);
    expect(await isSigned({ ...notification.json, Message: "other" })).toBe(false);
  });

  test("are asked once when they are subscribed again at once, and what they got stays valid", async () => {
    const TopicArn = await newTopic();
    const { json } = await subscribe(TopicArn, "/once");
    const again = { TopicArn, Protocol: "http", Endpoint: `${server.url}/once` };
    for (let i = 0; i < 3; i++)
      expect((await sns.send(new SubscribeCommand(again))).SubscriptionArn).toBe("pending confirmation");
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: json["Token"] }));
    expect(server.received.filter(({ url }) => url === "/once")).toHaveLength(1);
  });

  test("sign with SHA-256 where the topic says so, and get the message alone where the subscription does", async () => {
    const TopicArn = await newTopic({ SignatureVersion: "2" });
    const { json } = await subscribe(TopicArn, "/raw", {
      RawMessageDelivery: "true",
      DeliveryPolicy: JSON.stringify({ requestPolicy: { headerContentType: "application/json" } }),
    });
    expect([json["SignatureVersion"], await isSigned(json)]).toEqual(["2", true]);
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: json["Token"] }));
    const received = await next();
    await sns.send(new PublishCommand({ TopicArn, Message: '{"a":1}' }));
    const { headers, body } = await received();
    expect([headers["x-amz-sns-rawdelivery"], headers["content-type"], body]).toEqual([
      "true",
      "application/json",
      '{"a":1}',
    ]);
  });

  test("get a message again that they did not take", async () => {
    const TopicArn = await newTopic();
    const retry = { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 2 };
    const { json } = await subscribe(TopicArn, "/again", {
      DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: retry }),
    });
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: json["Token"] }));
    server.next.push({ status: 500 });
    const count = server.received.length;
    await sns.send(new PublishCommand({ TopicArn, Message: "again" }));
    await server.receives(count + 2);
    const messages = server.received.slice(count).map(({ body }) => (JSON.parse(body) as Body)["Message"]);
    expect(messages).toEqual(["again", "again"]);
  });

  test("end a subscription by its link, are told, and may restore it", async () => {
    const TopicArn = await newTopic();
    const { json } = await subscribe(TopicArn, "/end");
    await follow(json["SubscribeURL"] ?? "");
    const notification = await next();
    await sns.send(new PublishCommand({ TopicArn, Message: "x" }));
    const { json: sent } = await notification();
    const told = await next();
    expect((await follow(sent["UnsubscribeURL"] ?? "")).status).toBe(200);
    const { headers, json: end } = await told();
    expect(headers["x-amz-sns-message-type"]).toBe("UnsubscribeConfirmation");
    expect(await isSigned(end)).toBe(true);
    const listed = async () =>
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.length;
    expect(await listed()).toBe(0);
    await follow(end["SubscribeURL"] ?? "");
    expect(await listed()).toBe(1);
  });

  test("end a subscription that was confirmed so by a signed request only", async () => {
    const TopicArn = await newTopic();
    const { json } = await subscribe(TopicArn, "/guarded");
    const { SubscriptionArn = "" } = await sns.send(
      new ConfirmSubscriptionCommand({ TopicArn, Token: json["Token"], AuthenticateOnUnsubscribe: "true" }),
    );
    const ended = await follow(`http://host/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`);
    expect([ended.status, ended.text]).toEqual([403, expect.stringContaining("<Code>AuthorizationError</Code>")]);
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).toMatchObject({ PendingConfirmation: "false", ConfirmationWasAuthenticated: "true" });
  });

  test("ask people before they do what their link says", async () => {
    const TopicArn = await newTopic();
    const { json } = await subscribe(TopicArn, "/people");
    const link = json["SubscribeURL"] ?? "";
    const browser = { accept: "text/html" };
    const listed = async () =>
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.[0]?.SubscriptionArn;
    const question = await follow(link, browser);
    expect(question.text).toContain("Confirm subscription</a>");
    expect(await listed()).toBe("PendingConfirmation");
    expect((await follow(`${link}&Confirmed=true`, browser)).text).toContain("Your subscription is confirmed");
    expect(await listed()).toMatch(/^arn:/);
  });

  test("cannot confirm with a wrong token", async () => {
    const TopicArn = await newTopic();
    await subscribe(TopicArn, "/wrong");
    expect(await refusal(sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: "x" })))).toEqual({
      name: "InvalidParameterException",
      status: 400,
      message: "Invalid token",
    });
    const answer = await follow(`http://host/?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=x`);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("<Message>Invalid token</Message>")]);
    expect((await follow(`http://host/SimpleNotificationService-${"0".repeat(32)}.pem`)).status).toBe(404);
  });
});
