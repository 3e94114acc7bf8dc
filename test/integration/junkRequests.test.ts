import { connect } from "node:net";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAccountSettingsCommand,
  type LambdaClient,
  LambdaServiceException,
  ResourceConflictException,
} from "@aws-sdk/client-lambda";
import { type RunningHearth, sampleFunctions, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Dice, diceOf, junkCall } from "../support/junkInputs.ts";
import { lambdaClient, ROLE } from "../support/lambda.ts";
import { liveBytes, MEASURED } from "../support/liveMemory.ts";
import { operationSchemas } from "../support/operationSchemas.ts";
import { type RawAnswer, signedCall } from "../support/signedFetch.ts";

/** Set JUNK_SEED to the seed in a failure's message to repeat it, and JUNK_REQUESTS to send more requests. */
const SEED = Number(process.env["JUNK_SEED"] ?? 20_260_101);
const REQUESTS = Number(process.env["JUNK_REQUESTS"] ?? 1_500);
const AT_ONCE = 8;
/** Memory is measured after each part. */
const PARTS = 3;
const OPERATIONS = operationSchemas();

let hearth: RunningHearth;
let zip: Buffer;
beforeAll(async () => {
  hearth = await startHearth({ env: MEASURED });
  zip = await zipOf(sampleFunctions.nodeEcho);
});
afterAll(async () => await hearth?.[Symbol.asyncDispose]());

/** An answer is never a failure of Hearth, always has a request id, and is readable by a client. */
function expectWellFormed(operation: string, { status, headers, body }: RawAnswer): void {
  const about = `${operation}: ${status} ${body.toString("utf8").slice(0, 500)}`;
  if (status === 431) return; // the server of HTTP itself refuses headers and addresses of more than 16 KB
  expect(status, about).toBeGreaterThanOrEqual(200);
  expect(status, about).toBeLessThan(500);
  expect(headers["x-amzn-requestid"], about).toMatch(/^[0-9a-f-]{36}$/);
  if (status < 300) return;
  expect(headers["x-amzn-errortype"], about).toMatch(/^[A-Za-z]+$/);
  const said: unknown = JSON.parse(body.toString("utf8"));
  expect(Object.keys(said as object), about).toEqual(expect.arrayContaining([expect.stringMatching(/^[mM]essage$/)]));
}

/** Delete operations are among the requests, so the resources that the other operations need are created again. */
async function ensureFunctions(client: LambdaClient): Promise<void> {
  for (const FunctionName of ["junk-a", "junk-b"]) {
    const wish = { FunctionName, Role: ROLE, Runtime: "nodejs22.x", Handler: "index.handler" } as const;
    await client
      .send(new CreateFunctionCommand({ ...wish, Code: { ZipFile: zip }, Publish: true }))
      .catch((error: unknown) => expect(error).toBeInstanceOf(ResourceConflictException));
    await client
      .send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }))
      .catch((error: unknown) => expect(error).toBeInstanceOf(LambdaServiceException));
  }
}

/** Resolves with the status; what is wrong with the answer is added to `failures`, once for each operation. */
async function send(dice: Dice, failures: Map<string, string>): Promise<number> {
  const operation = OPERATIONS[Math.floor(dice() * OPERATIONS.length)];
  if (!operation) return 0;
  const call = junkCall(dice, operation, zip);
  const answer = await signedCall(hearth.clientConfig, call);
  try {
    expectWellFormed(operation.name, answer);
  } catch (error) {
    const sent = JSON.stringify({ ...call, body: Buffer.from(call.body).toString("utf8").slice(0, 1_000) });
    failures.set(operation.name, `${String(error)}\n${sent.slice(0, 2_000)}`);
  }
  return answer.status;
}

test(
  "for any signed request of any operation, the answer is well-formed and no failure of Hearth",
  { timeout: 300_000 },
  async () => {
    const client = lambdaClient(hearth);
    await ensureFunctions(client);
    const statuses = new Map<number, number>();
    const failures = new Map<string, string>();
    const allDice = Array.from({ length: AT_ONCE }, (_, index) => diceOf(SEED * AT_ONCE + index));
    const worker = async (dice: Dice): Promise<void> => {
      for (let sent = 0; sent < REQUESTS / PARTS / AT_ONCE; sent++) {
        if (sent % 25 === 0) await ensureFunctions(client);
        const status = await send(dice, failures);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const live: number[] = [];
    for (let part = 0; part < PARTS; part++) {
      await Promise.all(allDice.map(worker));
      live.push(await liveBytes(hearth));
    }
    expect([...failures.values()].join("\n\n"), `JUNK_SEED=${SEED}`).toBe("");
    // Some requests must succeed: the test is not only about requests that Hearth refuses.
    expect([...statuses].filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(
      50,
    );
    // The first part fills caches and compiles code; what grows after that, grows with the requests.
    const grownKb = ((live.at(-1) ?? NaN) - (live[0] ?? NaN)) / 1024;
    expect(grownKb / (REQUESTS - REQUESTS / PARTS), `live bytes: ${live.join(", ")}`).toBeLessThan(8);
    await client.send(new GetAccountSettingsCommand({}));
  },
);

test("after any bytes on a connection, the next request is answered", { timeout: 60_000 }, async () => {
  const dice = diceOf(SEED);
  const { hostname, port } = new URL(hearth.endpoint);
  const beginnings = [
    "",
    "GET / HTTP/1.1\r\n",
    "POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n",
    "PRI * HTTP/2.0\r\n\r\n",
  ];
  const middles = [
    "Content-Length: 99999999999999999999\r\n\r\n",
    "Content-Length: -1\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    `X-Long: ${"x".repeat(100_000)}\r\n\r\n`,
    `${"X: y\r\n".repeat(5_000)}\r\n`,
    "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "Authorization: AWS4-HMAC-SHA256 Credential=\r\n\r\n",
    "\0\0\0\0",
    "\u0016\u0003\u0001\u0002\u0000\u0001",
  ];
  for (let sent = 0; sent < 150; sent++) {
    const bytes = `${beginnings[Math.floor(dice() * beginnings.length)]}${middles[Math.floor(dice() * middles.length)]}`;
    await new Promise<void>((done) => {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => done());
      socket.on("close", () => done());
      socket.setTimeout(30, () => socket.destroy());
      socket.resume();
      if (dice() < 0.5) socket.write(bytes, "latin1");
      else socket.end(bytes, "latin1");
    });
  }
  await lambdaClient(hearth).send(new GetAccountSettingsCommand({}));
});
