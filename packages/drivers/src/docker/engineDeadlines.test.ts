import { createServer, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ManualClock, silentLogger } from "@hearth/kit";
import Docker from "dockerode";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addDeadlines, EngineUnanswered } from "./engineDeadlines.ts";

/** An engine that answers only while it does not hang. */
class FakeEngine {
  hangs = false;
  readonly held: ServerResponse[] = [];
  readonly asked: string[] = [];
  aborted = 0;
  readonly server = createServer((request, response) => {
    this.asked.push(`${request.method} ${request.url}`);
    response.once("close", () => (this.aborted += response.writableFinished ? 0 : 1));
    if (this.hangs) this.held.push(response);
    else this.answer(response);
  });

  answer(response: ServerResponse): void {
    const { url = "" } = response.req;
    if (url.startsWith("/images/create")) return void response.write('{"status":"Downloading"}\n');
    if (url.startsWith("/containers/create")) response.statusCode = 201;
    response.end(url === "/_ping" ? "OK" : '{"Id":"c1"}');
  }
}

let folder: string;
let engine: FakeEngine;
let clock: ManualClock;
let docker: Docker;
let watch: ReturnType<typeof addDeadlines>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-engine-"));
  engine = new FakeEngine();
  const socketPath = join(folder, "engine.sock");
  await new Promise<void>((resolve) => engine.server.listen(socketPath, () => resolve()));
  clock = new ManualClock();
  docker = new Docker({ socketPath });
  watch = addDeadlines(docker, { clock, logger: silentLogger });
});
afterEach(async () => {
  watch[Symbol.dispose]();
  engine.server.closeAllConnections();
  await new Promise((resolve) => engine.server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error("it was answered"),
    (error: unknown) => error as Error,
  );
const isAsked = (call: string) => expect.poll(() => engine.asked.filter((one) => one.startsWith(call)).length);
const PING = "GET /_ping";

test("calls of an engine that hangs fail with what was asked; later ones fail at once, until it answers again", async () => {
  engine.hangs = true;
  const created = failureOf(docker.createContainer({ Image: "i" }));
  const started = failureOf(docker.getContainer("c1").start());
  await isAsked("POST /containers/c1/start").toBe(1);
  await clock.advance(2_000);
  await isAsked(PING).toBe(1);
  await clock.advance(10_000);
  expect(await created).toBeInstanceOf(EngineUnanswered);
  expect((await created).message).toMatch(
    /the Docker Engine has not answered for \d+ s: POST \/containers\/create, after \d+ ms/,
  );
  expect(await started).toBeInstanceOf(EngineUnanswered);
  await expect.poll(() => engine.aborted).toBeGreaterThanOrEqual(2);

  const before = engine.asked.length;
  expect(await failureOf(docker.listContainers())).toBeInstanceOf(EngineUnanswered);
  expect(engine.asked.slice(before).filter((one) => one !== PING)).toEqual([]);

  engine.hangs = false;
  await expect
    .poll(async () => {
      await clock.advance(1_000);
      return watch.hangs;
    })
    .toBe(false);
  expect(await docker.getContainer("c1").inspect()).toEqual({ Id: "c1" });
});

test("a call that is never answered fails in the end, although the engine answers others", async () => {
  engine.hangs = true;
  const created = failureOf(docker.createContainer({ Image: "i" }));
  await isAsked("POST /containers/create").toBe(1);
  engine.hangs = false;
  let failure: Error | undefined;
  void created.then((error) => (failure = error));
  await expect
    .poll(
      async () => {
        await clock.advance(1_000);
        return failure;
      },
      { interval: 5, timeout: 60_000 },
    )
    .toBeInstanceOf(EngineUnanswered);
  expect(failure?.message).toContain("the Docker Engine did not answer in time: POST /containers/create");
  expect(watch.hangs).toBe(false);
});

test("a pull may take as long as it reports something, and ends when it reports nothing for long", async () => {
  const responses: ServerResponse[] = [];
  engine.server.on("request", (_request, response: ServerResponse) => responses.push(response));
  const stream = (await docker.pull("image")) as Readable;
  let failure: Error | undefined;
  let bytes = 0;
  stream.on("error", (error) => (failure = error)).on("data", (piece: Buffer) => (bytes += piece.length));
  for (let minute = 0; minute < 30; minute++) {
    const had = bytes;
    responses[0]?.write('{"status":"Downloading"}\n');
    await expect.poll(() => bytes).toBeGreaterThan(had);
    await clock.advance(60_000);
  }
  expect(failure).toBeUndefined();
  await clock.advance(11 * 60_000);
  await expect.poll(() => failure).toBeInstanceOf(EngineUnanswered);
});

test("waiting for a container is not ended because the engine hangs for a while", async () => {
  engine.hangs = true;
  let ended: unknown;
  void docker
    .getContainer("c1")
    .wait()
    .then((result: unknown) => (ended = result));
  await isAsked("POST /containers/c1/wait").toBe(1);
  await clock.advance(20_000);
  engine.hangs = false;
  for (const response of engine.held) engine.answer(response);
  await expect.poll(() => ended).toEqual({ Id: "c1" });
});
