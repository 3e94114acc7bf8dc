import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  InvokeCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { systemRandom } from "@hearth/kit";
import { sampleFunctions, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";

const KILOBYTE = 1024;
const LIMIT = 1024 * KILOBYTE;
const REFUSED = { name: "CodeStorageExceededException", status: 400, message: "Code storage limit exceeded." };

/** AWS's 75 GB of code cannot be filled in a test, and AWS has no limit for stored events: this is Hearth with limits of 1 MB. */
describe.skipIf(process.env["TARGET"] === "aws")("storage", () => {
  const stack = new AsyncDisposableStack();
  let client: LambdaClient;

  beforeAll(async () => {
    const hearth = stack.use(await startHearth({ env: { HEARTH_CODE_STORAGE_MB: "1", HEARTH_EVENT_STORAGE_MB: "1" } }));
    client = stack.adopt(new LambdaClient({ ...hearth.clientConfig, maxAttempts: 1 }), (it) => it.destroy());
  });
  afterAll(async () => await stack.disposeAsync());

  /** Somewhat more than `kilobytes`, never the same. */
  const zip = async (kilobytes: number): Promise<Buffer> =>
    await zipOf({ ...sampleFunctions.nodeEcho, noise: Buffer.from(systemRandom.hex(kilobytes * KILOBYTE), "hex") });
  const create = async (FunctionName: string, kilobytes: number, Publish = false) =>
    await client.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: "arn:aws:iam::000000000000:role/any",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: await zip(kilobytes) },
        Publish,
      }),
    );
  const update = async (FunctionName: string, kilobytes: number, Publish = false) =>
    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zip(kilobytes), Publish }));
  const publishLayer = async (kilobytes: number) =>
    await client.send(
      new PublishLayerVersionCommand({ LayerName: "layer", Content: { ZipFile: await zip(kilobytes) } }),
    );
  const settled = async (FunctionName: string): Promise<void> => {
    const wait = { client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
    await waitUntilFunctionActiveV2(wait, { FunctionName });
    await waitUntilFunctionUpdatedV2(wait, { FunctionName });
  };
  const used = async (): Promise<number> => {
    const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit?.TotalCodeSize).toBe(LIMIT);
    return AccountUsage?.TotalCodeSize ?? 0;
  };

  test("of code counts every version of functions and layers, and frees what is deleted", async () => {
    const { CodeSize: a = 0 } = await create("a", 300);
    await settled("a");
    await client.send(new PublishVersionCommand({ FunctionName: "a" }));
    const { Content } = await publishLayer(100);
    expect(await used()).toBe(2 * a + (Content?.CodeSize ?? 0));
    const before = await used();
    expect(await refusal(create("b", 400))).toEqual(REFUSED);
    expect(await refusal(create("b", 200, true))).toEqual(REFUSED);
    expect(await refusal(update("a", 700))).toEqual(REFUSED);
    expect(await refusal(update("a", 350, true))).toEqual(REFUSED);
    expect(await refusal(publishLayer(400))).toEqual(REFUSED);
    expect(await used()).toBe(before);
    // In place of what $LATEST has, there is room.
    await update("a", 550);
    await settled("a");
    expect(await refusal(client.send(new PublishVersionCommand({ FunctionName: "a" })))).toEqual(REFUSED);
    await client.send(new DeleteFunctionCommand({ FunctionName: "a" }));
    expect(await used()).toBe(Content?.CodeSize);
  });

  test("of code is not exceeded by writes that come at once", async () => {
    const before = await used();
    const outcomes = await Promise.allSettled([
      ...[1, 2, 3, 4, 5].map((number) => create(`racer-${number}`, 220)),
      publishLayer(220),
      publishLayer(220),
    ]);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ name: REFUSED.name });
    expect(outcomes.length - refused.length).toBe(Math.floor((LIMIT - before) / (221 * KILOBYTE)));
    expect(await used()).toBeLessThanOrEqual(LIMIT);
  });

  test("of events: those that would exceed it are refused, and synchronous calls are not", async () => {
    await create("queued", 10);
    await settled("queued");
    const invoke = async (InvocationType: "Event" | "RequestResponse", kilobytes: number) => {
      const Payload = Buffer.from(JSON.stringify("x".repeat(kilobytes * KILOBYTE)));
      return await client.send(new InvokeCommand({ FunctionName: "queued", InvocationType, Payload }));
    };
    const reserve = { FunctionName: "queued", ReservedConcurrentExecutions: 0 };
    await client.send(new PutFunctionConcurrencyCommand(reserve)); // so that its events wait
    expect((await invoke("Event", 600)).StatusCode).toBe(202);
    expect(await refusal(invoke("Event", 600))).toEqual({
      name: "TooManyRequestsException",
      status: 429,
      message:
        "The payloads of the account's asynchronous invocations take up the 1 MB that they may. Try again later.",
    });
    await expect(invoke("Event", 600)).rejects.toMatchObject({ Reason: "CallerRateLimitExceeded" });
    expect((await invoke("Event", 200)).StatusCode).toBe(202);
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "queued" }));
    expect((await invoke("RequestResponse", 600)).StatusCode).toBe(200);
  });
});
