import { generateKeyPairSync } from "node:crypto";
import { globalAgent } from "node:https";
import { createRequire } from "node:module";
import { ManualClock, selfSignedCertificate, systemRandom } from "@hearth/kit";
import type { SnsSubscriptionRecord } from "@hearth/store";
import { OutsideServer, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { confirmationMessage } from "./confirmation.ts";
import { Notification, type NotificationDeps } from "./notification.ts";
import type { Publication } from "./publication.ts";
import { Signing } from "./signing.ts";
import type { Topic } from "./topic.ts";

/** AWS's own validator, which fetches the certificate from the address in the message. */
interface Validator {
  validate(message: object, done: (error: Error | null) => void): void;
}
const MessageValidator = createRequire(import.meta.url)("sns-validator") as new (hostPattern: RegExp) => Validator;
const validator = new MessageValidator(/^localhost:\d+$/);

const clock = new ManualClock();
let db: TestDatabase;
let server: OutsideServer;
let deps: NotificationDeps;

beforeAll(async () => {
  db = await testDatabase();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [notBeforeMs, notAfterMs] = [Date.now() - 3_600_000, Date.now() + 3_600_000];
  const cert = selfSignedCertificate({
    privateKey,
    commonName: "localhost",
    dnsNames: ["localhost"],
    notBeforeMs,
    notAfterMs,
  });
  globalAgent.options.ca = cert;
  server = await OutsideServer.open({ key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert });
  const signing = new Signing({ database: db.database, clock, random: systemRandom });
  server.answer = ({ url }, response) => {
    void signing.certificate(url.slice(1)).then((pem) => response.writeHead(pem === undefined ? 404 : 200).end(pem));
  };
  deps = { signing, links: { publicUrl: `https://localhost:${server.port}` } };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const ACCOUNT = "111111111111";
const subscription = {
  uuid: "5d0a7d0e-9a5e-4ee7-a4b0-7f0f3c5e8c11",
  accountId: ACCOUNT,
  region: "us-east-1",
  TopicName: "orders",
  protocol: "https",
  endpoint: "https://hooks.example.org/",
  attributes: {},
} as unknown as SnsSubscriptionRecord;

function topicSigned(signatureVersion: "1" | "2"): Topic {
  const key = { accountId: ACCOUNT, region: "us-east-1", TopicName: "orders" };
  return {
    ...key,
    arn: `arn:aws:sns:us-east-1:${ACCOUNT}:orders`,
    attributes: {},
    isFifo: false,
    signatureVersion,
  } as unknown as Topic;
}

function notification(publication: Publication, version: "1" | "2" = "2"): Notification {
  return new Notification(
    {
      topic: topicSigned(version),
      publication,
      messageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
      acceptedAt: clock.now(),
    },
    deps,
  );
}

async function refusalOf(message: object): Promise<string | undefined> {
  return await new Promise((resolve) => validator.validate(message, (error) => resolve(error?.message)));
}

const TEXTS: readonly Publication[] = [
  { message: "news" },
  { message: 'line 1\nline 2\r\n\t"\\/ \u{1f525} \u2028 \u007f', subject: "Über" },
  { message: '{"default":"all","https":"for https"}', structure: "json" },
];

test.each(["1", "2"] as const)(
  "AWS's validator accepts notifications with signatures of version %s",
  async (version) => {
    for (const publication of TEXTS) {
      const envelope = JSON.parse(await notification(publication, version).envelope(subscription)) as object;
      expect(await refusalOf(envelope)).toBeUndefined();
      expect(await refusalOf({ ...envelope, Message: "other" })).toBe("The message signature is invalid.");
      expect(await refusalOf({ ...envelope, Subject: "other" })).toBe("The message signature is invalid.");
    }
  },
);

test("AWS's validator accepts what functions get, and confirmations of subscriptions", async () => {
  for (const publication of TEXTS) {
    const event = JSON.parse(await notification(publication).lambdaEvent(subscription)) as {
      Records: [{ Sns: object }];
    };
    expect(await refusalOf(event.Records[0].Sns)).toBeUndefined();
  }
  const { body } = await confirmationMessage(
    {
      topic: topicSigned("2"),
      subscription,
      type: "SubscriptionConfirmation",
      token: "t",
      messageId: "m",
      sentAt: clock.now(),
    },
    deps,
  );
  const confirmation = JSON.parse(Buffer.from(body).toString("utf8")) as object;
  expect(await refusalOf(confirmation)).toBeUndefined();
  expect(await refusalOf({ ...confirmation, Token: "other" })).toBe("The message signature is invalid.");
});

test("the key is kept sealed, and processes and restarts use the same one", async () => {
  const name = await deps.signing.certificateName();
  const again = new Signing({ database: db.database, clock, random: systemRandom });
  expect(await again.certificateName()).toBe(name);
  expect(await again.sign("text", "2")).toBe(await deps.signing.sign("text", "2"));
  const rows = await db.database.query<{ private_key: string }>("SELECT private_key FROM sns_signing_keys");
  expect(rows).toEqual([{ private_key: expect.stringMatching(/^hk1:/) }]);
});
