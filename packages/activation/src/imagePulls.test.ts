import type { FunctionImage, ImageProgram } from "@hearth/drivers";
import { expect, test } from "vitest";
import { ImagePulls } from "./imagePulls.ts";

const NEVER = new AbortController().signal;
const program: ImageProgram = { entryPoint: ["/main"], command: [], workingDirectory: "/", environment: {} };
const imageOf = (accountId: string, repository: string): FunctionImage => ({
  accountId,
  repository,
  digest: "a".repeat(64),
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** An engine that has an image when the test says so. */
class Engine {
  readonly asked: string[] = [];
  readonly #gates = new Map<string, PromiseWithResolvers<ImageProgram>>();
  ensureImage = async ({ repository }: FunctionImage): Promise<ImageProgram> => {
    this.asked.push(repository);
    const gate = Promise.withResolvers<ImageProgram>();
    this.#gates.set(repository, gate);
    return await gate.promise;
  };
  has = (repository: string): void => this.#gates.get(repository)?.resolve(program);
  refuses = (repository: string): void => this.#gates.get(repository)?.reject(new Error("connection refused"));
}

test("versions of an account with the same image share one pull", async () => {
  const engine = new Engine();
  const pulls = new ImagePulls(engine, NEVER);
  const all = Promise.all(Array.from({ length: 20 }, () => pulls.ensure(imageOf("1", "one"))));
  const other = pulls.ensure(imageOf("1", "other"));
  await settled();
  expect(engine.asked).toEqual(["one", "other"]);
  engine.has("one");
  engine.has("other");
  await Promise.all([all, other]);
});

test("an account with many images has four pulls at a time, and others do not wait for it", async () => {
  const engine = new Engine();
  const pulls = new ImagePulls(engine, NEVER);
  const many = ["a", "b", "c", "d", "e", "f"].map((name) => pulls.ensure(imageOf("1", name)));
  const other = pulls.ensure(imageOf("2", "other"));
  await settled();
  expect(engine.asked.toSorted()).toEqual(["a", "b", "c", "d", "other"]);
  engine.has("other");
  await other;
  engine.has("c");
  await many[2];
  await settled();
  expect(engine.asked.at(-1)).toBe("e");
  expect(engine.asked).not.toContain("f");
});

test("sixteen pulls run at a time, over all accounts", async () => {
  const engine = new Engine();
  const pulls = new ImagePulls(engine, NEVER);
  for (let at = 0; at < 20; at++) void pulls.ensure(imageOf(`account ${at}`, `image ${at}`));
  await settled();
  expect(engine.asked).toHaveLength(16);
  engine.has("image 3");
  await settled();
  expect(engine.asked).toHaveLength(17);
});

test("a failed pull releases its slot, and the next request starts a new pull", async () => {
  const engine = new Engine();
  const pulls = new ImagePulls(engine, NEVER);
  for (let attempt = 1; attempt <= 6; attempt++) {
    const tried = pulls.ensure(imageOf("1", "one"));
    await settled();
    engine.refuses("one");
    await expect(tried).rejects.toThrow("connection refused");
    expect(engine.asked).toHaveLength(attempt);
  }
});

test("a waiting pull ends when the process stops", async () => {
  const stop = new AbortController();
  const engine = new Engine();
  const pulls = new ImagePulls(engine, stop.signal);
  for (const name of ["a", "b", "c", "d"]) void pulls.ensure(imageOf("1", name));
  const waiting = pulls.ensure(imageOf("1", "e"));
  await settled();
  stop.abort(new Error("stopping"));
  await expect(waiting).rejects.toThrow("stopping");
});
