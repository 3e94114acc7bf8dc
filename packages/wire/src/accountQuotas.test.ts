import { GetFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { AccountQuotas, type AccountQuotasDeps } from "./accountQuotas.ts";
import { createRequestHandler } from "./handleRequest.ts";
import { bind, operation, Reply } from "./operation.ts";
import { TokenBucket } from "./tokenBucket.ts";

const caller = (accountId: string) =>
  ({ accountId, accessKeyId: "x", arn: "x", userId: "0", principal: { kind: "root" } }) as const;
const KEYS = new Map(
  ["000000000000", "111111111111"].map((id) => [`key${id}`, { secretAccessKey: "test", caller: caller(id) }]),
);

let waiting = Promise.withResolvers<void>();
const getFunction = operation({
  name: "GetFunction",
  http: ["GET", "/2015-03-31/functions/{FunctionName}", 200],
  input: z.object({ FunctionName: z.string() }),
  errors: [],
  handle: async () => ({}),
});
const invoke = operation({
  name: "Invoke",
  isInvocation: true,
  http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
  payload: "Payload",
  input: z.object({ FunctionName: z.string(), Payload: z.instanceof(Uint8Array) }),
  errors: [],
  async handle({ FunctionName }) {
    if (FunctionName === "slow") await waiting.promise;
    return new Reply(200, {}, null);
  },
});
const identity = operation({ name: "GetCallerIdentity", input: z.object({}), errors: [], handle: async () => ({}) });

let server: Server | undefined;
let refused: string[] = [];
const clients: { destroy(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server?.closeAllConnections();
  server?.close();
  refused = [];
  waiting = Promise.withResolvers();
});

async function serve(limits: Partial<AccountQuotasDeps>) {
  const clock = new ManualClock();
  const quotas = new AccountQuotas({
    clock,
    requestsPerSecond: 1000,
    invocationsPerSecond: 1000,
    connections: 1000,
    onRefused: (quota) => refused.push(quota),
    ...limits,
  });
  const lambda = {
    signingName: "lambda",
    protocols: ["rest-json"] as const,
    throttling: () => new TooManyRequestsException("CallerRateLimitExceeded", "Rate exceeded"),
    operations: bind([getFunction, invoke], {}),
    notBuilt: [],
  };
  const sts = { signingName: "sts", protocols: ["query"] as const, operations: bind([identity], {}), notBuilt: [] };
  const handler = createRequestHandler({
    services: [lambda, sts],
    findAccessKey: (id) => KEYS.get(id),
    authorize: (call) => call.caller.accountId,
    clock: new SystemClock(),
    random: systemRandom,
    regions: ["us-east-1"],
    logger: silentLogger,
    quotas,
  });
  server = createServer((req, res) => handler(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = (accountId: string) => ({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: `key${accountId}`, secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const own = <T extends { destroy(): void }>(client: T): T => (clients.push(client), client);
  const lambdaOf = (accountId: string): LambdaClient => own(new LambdaClient(config(accountId)));
  return { clock, quotas, lambdaOf, sts: own(new STSClient(config("000000000000"))) };
}

test("requests beyond an account's rate are throttled in the way of their service; others and invocations are not", async () => {
  const { clock, lambdaOf, sts } = await serve({ requestsPerSecond: 1 });
  const [first, second] = [lambdaOf("000000000000"), lambdaOf("111111111111")];
  const get = (client: LambdaClient) => client.send(new GetFunctionCommand({ FunctionName: "f" }));
  for (let i = 0; i < 10; i++) await get(first);
  await expect(get(first)).rejects.toMatchObject({
    name: "TooManyRequestsException",
    Reason: "CallerRateLimitExceeded",
    $metadata: { httpStatusCode: 429 },
  });
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "Throttling",
    message: "Rate exceeded",
    $metadata: { httpStatusCode: 400 },
  });
  await first.send(new InvokeCommand({ FunctionName: "f" }));
  await get(second);
  expect(refused).toEqual(["requests", "requests"]);
  await clock.advance(1000);
  await get(first);
  await expect(get(first)).rejects.toThrow("Rate exceeded");
});

test("invocations have a rate of their own", async () => {
  const { lambdaOf } = await serve({ invocationsPerSecond: 2 });
  const client = lambdaOf("000000000000");
  const call = () => client.send(new InvokeCommand({ FunctionName: "f" }));
  await call();
  await call();
  await expect(call()).rejects.toMatchObject({ name: "TooManyRequestsException" });
  await client.send(new GetFunctionCommand({ FunctionName: "f" }));
  expect(refused).toEqual(["invocations"]);
});

test("an account's requests in flight are bounded, and count no longer once they are answered", async () => {
  const { quotas, lambdaOf } = await serve({ connections: 2 });
  const client = lambdaOf("000000000000");
  const call = (FunctionName: string) => client.send(new InvokeCommand({ FunctionName }));
  const slow = [call("slow"), call("slow")];
  await expect.poll(() => quotas.of("000000000000").inFlight).toBe(2);
  await expect(call("f")).rejects.toMatchObject({ name: "TooManyRequestsException" });
  await lambdaOf("111111111111").send(new InvokeCommand({ FunctionName: "f" }));
  waiting.resolve();
  await Promise.all(slow);
  await expect.poll(() => quotas.of("000000000000").inFlight).toBe(0);
  await call("f");
  expect(refused).toEqual(["connections"]);
});

test("a bucket lets through its rate on average, and never more than its burst at once", async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 10, 20);
  const taken = (): number => {
    let count = 0;
    while (bucket.take()) count++;
    return count;
  };
  expect(taken()).toBe(20);
  await clock.advance(500);
  expect(taken()).toBe(5);
  await clock.advance(3_600_000);
  expect(taken()).toBe(20);
});
