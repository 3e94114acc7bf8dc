import { ManualClock, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type ImageResolution, ServiceException } from "@hearth/model";
import { IMAGE_ANSWER_MS, ImageRequestStore, InvokerLease } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ImageMetrics } from "./imageMetrics.ts";
import { ImageResolver } from "./imageResolver.ts";

const NEVER = new AbortController().signal;
const clock = new SystemClock();
const digest = "b".repeat(64);

let registry: Registry;
let db: TestDatabase;
let requests: ImageRequestStore;
let lease: InvokerLease;
beforeAll(async () => {
  db = await testDatabase();
  requests = new ImageRequestStore({ database: db.database, clock, random: systemRandom });
  lease = new InvokerLease("the test", "the test", db.database);
});
afterAll(async () => await db[Symbol.asyncDispose]());

const ACCOUNT = "222222222222";

async function resolver(
  resolveImage: (reference: string, accountId: string, signal: AbortSignal) => Promise<ImageResolution>,
  own = clock,
) {
  await lease.renew(0n);
  registry = new Registry();
  const metrics = new ImageMetrics(registry);
  const deps = {
    database: db.database,
    requests,
    imageSource: { resolveImage },
    metrics,
    clock: own,
    logger: silentLogger,
  };
  const started = await ImageResolver.start(deps);
  onTestFinished(async () => {
    await started[Symbol.asyncDispose]();
    await lease.release();
  });
}
const untilAborted = (_reference: string, _accountId: string, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
const left = async () => await db.database.query('SELECT "ImageUri" FROM image_requests');

test("the invoker's driver answers control, and the request row is deleted", async () => {
  await resolver((reference, accountId) =>
    Promise.resolve(
      reference === "a:1" && accountId === ACCOUNT
        ? { kind: "found", digest }
        : { kind: "missing", reason: "manifest unknown" },
    ),
  );
  const answers = ["a:1", "b:1", "a:1"].map((name) => requests.resolve(name, ACCOUNT, NEVER));
  const missing = { kind: "missing", reason: "manifest unknown" };
  expect(await Promise.all(answers)).toEqual([{ kind: "found", digest }, missing, { kind: "found", digest }]);
  expect(await left()).toEqual([]);
  expect(await registry.metrics()).toMatch(/^hearth_image_lookups_total\{result="found"\} 2$/m);
});

test("without an invoker no request is written", async () => {
  await expect(requests.resolve("a:1", ACCOUNT, NEVER)).rejects.toThrow(ServiceException);
  await expect(requests.resolve("a:1", ACCOUNT, NEVER)).rejects.toThrow("no invoker is running");
  expect(await left()).toEqual([]);
});

test("an error of the launcher is an error of the platform, not of the image", async () => {
  await resolver(() => Promise.reject(new Error("the launcher does not answer at the moment")));
  await expect(requests.resolve("a:1", ACCOUNT, NEVER)).rejects.toThrow(ServiceException);
});

test("the answer is `unknown` when the registry does not answer in time", async () => {
  const manual = new ManualClock();
  const asked = Promise.withResolvers<void>();
  await resolver((reference, accountId, signal) => {
    asked.resolve();
    return untilAborted(reference, accountId, signal);
  }, manual);
  const answer = requests.resolve("a:1", ACCOUNT, NEVER);
  await asked.promise;
  await manual.advance(IMAGE_ANSWER_MS);
  expect(await answer).toEqual({ kind: "unknown", reason: "its registry did not answer within 20 s" });
});

test("the request of a caller that has gone is deleted", async () => {
  await resolver(untilAborted);
  await expect(requests.resolve("a:1", ACCOUNT, AbortSignal.timeout(50))).rejects.toThrow();
  expect(await left()).toEqual([]);
});
