import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { run } from "@hearth/cli";
import { skipReason, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";

function urlOf({
  protocol,
  hostname,
  port,
}: {
  protocol: string;
  hostname: string;
  port?: number | undefined;
}): string {
  return `${protocol}//${hostname}:${String(port)}`;
}

const POLL = { timeout: 90_000, interval: 250 };
const THROWS = `export const handler = async (event) => {
  if (event.fails) throw new TypeError("no");
  return { said: event.says };
};
`;
const LOGS = `export const handler = async (event) => console.log("RECORD " + JSON.stringify(event));\n`;

const onlyHearth = skipReason(process.env["TARGET"] === "aws" ? "AWS has no such command" : undefined);

let target: LambdaTarget;
let logs: CloudWatchLogsClient;
let Role: string;
let receiver: string;
beforeAll(async () => {
  target = await lambdaTarget();
  const { config } = target.client;
  const endpoint = await config.endpoint?.();
  logs = new CloudWatchLogsClient({
    region: target.region,
    credentials: config.credentials,
    ...(endpoint && !target.isAws && { endpoint: urlOf(endpoint) }),
  });
  Role = await target.newRole(["lambda:InvokeFunction", "logs:*"]);
  const ZipFile = await zipOf({ "index.mjs": LOGS });
  receiver = (await target.newFunction({ Role, Code: { ZipFile } })).FunctionName;
});
afterAll(async () => {
  logs.destroy();
  await target[Symbol.asyncDispose]();
});

interface InvocationRecord {
  readonly requestContext: { readonly requestId: string };
}

/** The record that the receiving function got about the event `requestId`. */
async function recordOf(requestId: string | undefined): Promise<InvocationRecord> {
  let found: InvocationRecord | undefined;
  await expect
    .poll(async () => {
      const read = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${receiver}`, filterPattern: "RECORD" });
      const { events = [] } = await logs
        .send(read)
        .catch((error: unknown): Pick<FilterLogEventsCommandOutput, "events"> => {
          if (error instanceof Error && error.name === "ResourceNotFoundException") return {};
          throw error;
        });
      found = events
        .map(({ message = "" }) => JSON.parse(message.slice(message.indexOf("RECORD ") + 7)) as InvocationRecord)
        .find(({ requestContext }) => requestContext.requestId === requestId);
      return found;
    }, POLL)
    .toBeDefined();
  return found!;
}

async function sender(concurrency?: number): Promise<string> {
  const ZipFile = await zipOf({ "index.mjs": THROWS });
  const { FunctionName } = await target.newFunction({ Role, Code: { ZipFile } });
  const Destination = target.arn(receiver);
  await target.client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination }, OnFailure: { Destination } },
    }),
  );
  if (concurrency !== undefined) {
    const ReservedConcurrentExecutions = concurrency;
    await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }
  return FunctionName;
}

async function send(FunctionName: string, event: object): Promise<string | undefined> {
  const Payload = JSON.stringify(event);
  const sent = await target.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  return sent.$metadata.requestId;
}

describe("a destination function gets AWS's record", () => {
  test("of an event that succeeds, and of one that fails for good", async () => {
    const FunctionName = await sender();
    const succeeded = await send(FunctionName, { says: "hello" });
    const failed = await send(FunctionName, { fails: true });
    const common = { version: "1.0", timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) };
    const functionArn = target.arn(FunctionName, "$LATEST");
    expect(await recordOf(succeeded)).toEqual({
      ...common,
      requestContext: { requestId: succeeded, functionArn, condition: "Success", approximateInvokeCount: 1 },
      requestPayload: { says: "hello" },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { said: "hello" },
    });
    expect(await recordOf(failed)).toEqual({
      ...common,
      requestContext: { requestId: failed, functionArn, condition: "RetriesExhausted", approximateInvokeCount: 1 },
      requestPayload: { fails: true },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorMessage: "no", errorType: "TypeError", trace: expect.any(Array) },
    });
  });

  test("of an event of a function whose reserved concurrency is 0", async () => {
    const requestId = await send(await sender(0), { says: "hello" });
    expect(await recordOf(requestId)).toMatchObject({
      requestContext: { requestId, condition: "ZeroReservedConcurrency" },
      requestPayload: { says: "hello" },
    });
  });
});

describe("hearth events", onlyHearth, () => {
  async function hearth(...args: string[]): Promise<{ code: number; out: string; complaint: string }> {
    const said = { out: "", complaint: "" };
    const endpoint = await target.client.config.endpoint?.();
    const code = await run(["events", ...args], {
      env: { AWS_ENDPOINT_URL: endpoint && urlOf(endpoint), AWS_REGION: target.region },
      out: (text) => void (said.out += text),
      complain: (text) => void (said.complaint += text),
      sleep: () => Promise.reject(new Error("no command of this test waits")),
    });
    return { code, ...said };
  }
  const shown = async (id = ""): Promise<{ state: string; replays: string[]; attempts: object[] }> =>
    JSON.parse((await hearth("show", id, "--json")).out) as { state: string; replays: string[]; attempts: object[] };

  test("lists, shows and replays the events of a function, and cancels only those that wait", async () => {
    const FunctionName = await sender();
    const id = await send(FunctionName, { fails: true });
    await expect.poll(async () => (await shown(id)).state, POLL).toBe("failed");
    expect((await shown(id)).attempts).toEqual([
      expect.objectContaining({ run: 1, outcome: "RetriesExhausted", status: 200, durationMs: expect.any(Number) }),
    ]);
    expect((await hearth("list", FunctionName)).out).toMatch(new RegExp(`${id} .* RetriesExhausted +1 +.*"no"`));
    expect((await hearth("show", id!)).out).toMatch(/^state +failed \(RetriesExhausted\)$/m);
    expect((await hearth("replay", "--function", FunctionName)).out).toMatch(/^Replayed as [0-9a-f-]{36}\.$/);
    const [again] = (await shown(id)).replays;
    await expect.poll(async () => (await shown(again)).state, POLL).toBe("failed");
    expect(await recordOf(again)).toMatchObject({ requestPayload: { fails: true } });
    expect(await hearth("cancel", id!)).toMatchObject({ code: 1, complaint: expect.stringContaining("is finished") });
    expect(await hearth("show", "8ff8d1c6-1234-4abc-8def-0123456789ab")).toMatchObject({ code: 1 });
    expect(await hearth("replay")).toMatchObject({ code: 2 });
  });
});
