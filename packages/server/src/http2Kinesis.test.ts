import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { bind, blob, createRequestHandler, Forwarder, operation, type RequestHandler } from "@hearth/wire";
import { NodeHttp2Handler } from "@smithy/node-http-handler";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { FrontDoor } from "./frontDoor.ts";
import { testDoor } from "./testing/testDoor.ts";

const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of stack.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const caller = {
  accountId: "000000000000",
  accessKeyId: "test",
  arn: "arn:aws:iam::000000000000:root",
  userId: "0",
  principal: { kind: "root" },
} as const;
const versions: string[] = [];
const putRecord = operation({
  name: "PutRecord",
  input: z.object({ StreamName: z.string(), PartitionKey: z.string(), Data: blob() }),
  output: z.object({ ShardId: z.string(), SequenceNumber: z.string() }),
  errors: [],
  handle: async ({ PartitionKey, Data }, { endpoint, signal }) => {
    signal.throwIfAborted();
    return { ShardId: `${PartitionKey} ${endpoint}`, SequenceNumber: String(Data.length) };
  },
});
const kinesis = createRequestHandler({
  services: [
    {
      signingName: "kinesis",
      protocols: ["json-1.1"],
      targetPrefix: "Kinesis_20131202",
      operations: bind([putRecord], {}),
      notBuilt: [],
    },
  ],
  findAccessKey: (id) => (id === "test" ? { secretAccessKey: "test", caller } : undefined),
  authorize: ({ origin }) => {
    expect(origin.sourceIp).toBe("127.0.0.1");
    return caller.accountId;
  },
  clock: new SystemClock(),
  random: systemRandom,
  regions: ["us-east-1"],
  logger: silentLogger,
});

async function open(aws: RequestHandler): Promise<number> {
  const counting: RequestHandler = (request, response) => {
    versions.push(request.httpVersion);
    aws(request, response);
  };
  const door = new FrontDoor({
    aws: counting,
    hosts: [],
    notReady: () => undefined,
    problems: () => [],
    ...testDoor(),
  });
  stack.push(door);
  return (await door.listen({ host: "127.0.0.1", port: 0 })).port;
}

async function putThrough(port: number): Promise<void> {
  versions.length = 0;
  const endpoint = `http://127.0.0.1:${port}`;
  const requestHandler = new NodeHttp2Handler();
  const config = { endpoint, region: "us-east-1", maxAttempts: 1, requestHandler };
  const put = (bytes: number, secretAccessKey = "test") =>
    new KinesisClient({ ...config, credentials: { accessKeyId: "test", secretAccessKey } }).send(
      new PutRecordCommand({ StreamName: "s", PartitionKey: "p", Data: Buffer.alloc(bytes, 7) }),
    );
  const answers = await Promise.all([1, 300_000, 5].map((bytes) => put(bytes)));
  expect(answers.map(({ ShardId, SequenceNumber }) => [ShardId, SequenceNumber])).toEqual(
    ["1", "300000", "5"].map((length) => [`p ${endpoint}`, length]),
  );
  await expect(put(1, "wrong")).rejects.toMatchObject({ name: "InvalidSignatureException" });
  requestHandler.destroy();
}

test("the Kinesis client signs and sends over HTTP/2", async () => {
  await putThrough(await open(kinesis));
  expect(new Set(versions)).toEqual(new Set(["2.0"]));
});

test("signatures of HTTP/2 requests stay valid when the requests are forwarded over HTTP/1.1", async () => {
  const port = await open(kinesis);
  const forwarder = new Forwarder({
    host: "127.0.0.1",
    port,
    random: systemRandom,
    logger: silentLogger,
    sayForwardedFrom: () => "said",
  });
  stack.push({ [Symbol.asyncDispose]: async () => forwarder[Symbol.dispose]() });
  await putThrough(await open(forwarder.handle));
  expect(new Set(versions)).toEqual(new Set(["2.0", "1.1"]));
});
