import { OutsideServer } from "@hearth/testkit";
import { beforeEach, expect, test } from "vitest";
import { type HttpNotificationParameters, httpNotification } from "./httpNotification.ts";
import { ACCOUNT, messageTo, outsideParts, signal } from "./testing/outsideParts.ts";

const topicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:orders`;
const parameters = {
  type: "Notification",
  messageId: "message-1",
  topicArn,
  subscriptionArn: `${topicArn}:1`,
} satisfies HttpNotificationParameters;
let server: OutsideServer;

beforeEach(async () => {
  server = await OutsideServer.open();
  return async () => await server[Symbol.asyncDispose]();
});

test("a notification arrives with AWS's headers", async () => {
  const kind = httpNotification(outsideParts());
  await kind.attempt(messageTo(`${server.url}/hook?a=b`, { parameters }), signal);
  const [received] = server.received;
  expect(received).toMatchObject({ method: "POST", url: "/hook?a=b", body: '{"a":1}' });
  expect(received?.headers).toEqual({
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": "message-1",
    "x-amz-sns-topic-arn": topicArn,
    "x-amz-sns-subscription-arn": `${topicArn}:1`,
    "content-type": "text/plain; charset=UTF-8",
    "user-agent": "Amazon Simple Notification Service Agent",
    host: `127.0.0.1:${server.port}`,
    "content-length": "7",
    connection: "close",
  });
});

test("a confirmation has no subscription, a raw message says so, and the type of content can be another one", async () => {
  const kind = httpNotification(outsideParts());
  await kind.attempt(
    messageTo(server.url, { parameters: { ...parameters, type: "SubscriptionConfirmation" } }),
    signal,
  );
  await kind.attempt(
    messageTo(server.url, { parameters: { ...parameters, isRaw: true, contentType: "application/json" } }),
    signal,
  );
  expect(server.received[0]?.headers).not.toHaveProperty("x-amz-sns-subscription-arn");
  expect(server.received[1]?.headers).toMatchObject({
    "x-amz-sns-rawdelivery": "true",
    "content-type": "application/json",
  });
});

test("the user of the URL becomes basic authentication", async () => {
  const kind = httpNotification(outsideParts());
  await kind.attempt(messageTo(`http://ann%40b:p%3Aw@127.0.0.1:${server.port}/`, { parameters }), signal);
  expect(server.received[0]?.headers.authorization).toBe(`Basic ${Buffer.from("ann@b:p:w").toString("base64")}`);
});

test.each([200, 201, 204, 299])("status %d is success", async (status) => {
  server.answer = { status };
  await httpNotification(outsideParts()).attempt(messageTo(server.url, { parameters }), signal);
});

test.each([400, 403, 404, 410, 301, 302, 304])("status %d is final", async (status) => {
  server.answer = { status, headers: { location: `${server.url}/other` } };
  const attempt = httpNotification(outsideParts()).attempt(messageTo(server.url, { parameters }), signal);
  await expect(attempt).rejects.toMatchObject({ name: "DeliveryRefused" });
  expect(server.received).toHaveLength(1);
});

test.each([429, 500, 503])("status %d is tried again", async (status) => {
  server.answer = { status };
  const attempt = httpNotification(outsideParts()).attempt(messageTo(server.url, { parameters }), signal);
  await expect(attempt).rejects.toMatchObject({
    name: "Error",
    message: `the endpoint answered with status ${status}`,
  });
});

test("an endpoint that closes the connection is tried again, and an address that is not granted is final", async () => {
  const kind = httpNotification(outsideParts());
  server.answer = "close";
  await expect(kind.attempt(messageTo(server.url, { parameters }), signal)).rejects.toMatchObject({
    name: "OutboundFailed",
  });
  const metadata = kind.attempt(messageTo("http://169.254.169.254/latest", { parameters }), signal);
  await expect(metadata).rejects.toMatchObject({ name: "DeliveryRefused", code: "INVALID_PARAMETER" });
  const other = { ...messageTo(server.url, { parameters }) };
  const stranger = { ...other, sender: { ...other.sender, accountId: "222222222222" } };
  await expect(kind.attempt(stranger, signal)).rejects.toMatchObject({ name: "DeliveryRefused" });
});

test("without a free connection nothing is sent and no attempt is counted", async () => {
  const kind = httpNotification(outsideParts());
  server.answer = "hang";
  const controller = new AbortController();
  const hanging = [1, 2, 3, 4, 5].map(
    async () => await kind.attempt(messageTo(server.url, { parameters }), controller.signal),
  );
  const ended = Promise.allSettled(hanging);
  await server.receives(5);
  const busy = kind.attempt(messageTo(server.url, { parameters }), signal);
  await expect(busy).rejects.toMatchObject({ name: "DeliveryDelayed", isAttempt: false });
  controller.abort(new Error("over"));
  await ended;
});

test("the rate of the delivery policy is that of the subscription", async () => {
  const parts = outsideParts();
  const limited = { ...parameters, maxReceivesPerSecond: 7 };
  await httpNotification(parts).attempt(messageTo(server.url, { parameters: limited }), signal);
  await httpNotification(parts).attempt(messageTo(server.url, { parameters }), signal);
  expect(parts.taken).toEqual([{ key: `${topicArn}:1`, perSecond: 7 }]);
});

test("a URL that another service sends to is refused", async () => {
  const attempt = httpNotification(outsideParts()).attempt(messageTo(server.url), signal);
  await expect(attempt).rejects.toMatchObject({ name: "DeliveryRefused" });
  expect(server.received).toHaveLength(0);
});
