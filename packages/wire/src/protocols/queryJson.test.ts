import { createHash } from "node:crypto";
import { AwsError } from "@hearth/model";
import { expect, test } from "vitest";
import { z } from "zod";
import { operation } from "../operation.ts";
import { wire } from "../schema/traits.ts";
import { serveToy } from "../testing/toyServer.ts";
import { signRequest } from "../signRequest.ts";

class NoSuchQueue extends AwsError {
  readonly code = "QueueDoesNotExist";
  readonly httpStatus = 400;
}

const attributes = wire(z.record(z.string(), z.string()), {
  flattened: true,
  xmlName: "Attribute",
  entryNames: { key: "Name", value: "Value" },
});
const receive = operation({
  name: "ReceiveMessage",
  input: z.object({ QueueUrl: z.string() }),
  output: z.object({
    Messages: z.array(z.object({ Body: z.string(), Attributes: attributes, Deep: z.string().optional() })),
  }),
  errors: [NoSuchQueue],
  handle: async ({ QueueUrl }) => {
    if (QueueUrl === "none") throw new NoSuchQueue("There is no such queue.");
    return { Messages: [{ Body: QueueUrl, Attributes: { SenderId: "me" }, Deep: undefined }] };
  },
});

test("the query protocol answers in JSON to clients that ask for it, and in XML to all others", async () => {
  await using server = await serveToy({
    signingName: "sqs",
    protocols: ["json-1.0", "query"],
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    queryErrors: { QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue" },
    queryJsonNames: { Messages: "messages" },
    operations: [receive],
  });
  const send = async (QueueUrl: string, accept?: string) => {
    const body = `Action=ReceiveMessage&QueueUrl=${QueueUrl}`;
    const { host } = new URL(server.endpoint);
    const headers = { host, "content-type": "application/x-www-form-urlencoded", ...(accept && { accept }) };
    const signed = signRequest(
      { method: "POST", path: "/", search: "", headers },
      {
        key: { accessKeyId: "test", secretAccessKey: "test" },
        ...{ region: "us-east-1", service: "sqs", now: Date.now() },
        payloadHash: createHash("sha256").update(body).digest("hex"),
      },
    );
    const answer = await fetch(server.endpoint, { method: "POST", body, headers: { ...headers, ...signed } });
    return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
  };
  const got = await send("q", "application/json");
  expect(got).toMatchObject({ status: 200, type: "application/json" });
  expect(JSON.parse(got.text)).toEqual({
    ReceiveMessageResponse: {
      ReceiveMessageResult: { messages: [{ Body: "q", Attributes: [{ Name: "SenderId", Value: "me" }] }] },
      ResponseMetadata: { RequestId: expect.any(String) },
    },
  });
  const failed = await send("none", "application/json; charset=utf-8");
  expect(failed.status).toBe(400);
  expect(JSON.parse(failed.text)).toEqual({
    Error: { Code: "AWS.SimpleQueueService.NonExistentQueue", Message: "There is no such queue.", Type: "Sender" },
    RequestId: expect.any(String),
  });
  for (const accept of [undefined, "*/*", "text/html, application/json"]) {
    expect(await send("q", accept)).toMatchObject({ status: 200, type: "text/xml" });
  }
});
