import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ManualClock, SystemClock, systemRandom } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { Downloads, NotFound } from "./download.ts";

const NEVER = new AbortController().signal;
const CONTENT = "content";
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

/** Serves one status or body per path, and counts the requests. */
async function serve(answers: Record<string, (request: number) => number | string>) {
  const counts: Record<string, number> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    counts[path] = (counts[path] ?? 0) + 1;
    const answer = answers[path]?.(counts[path]) ?? 404;
    response.statusCode = typeof answer === "number" ? answer : 200;
    response.end(typeof answer === "string" ? answer : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return { url, counts };
}

function downloads(): { subject: Downloads; cacheDir: string } {
  const folder = new TestDataDir();
  onTestFinished(() => folder[Symbol.dispose]());
  const cacheDir = folder.path;
  return {
    subject: new Downloads({ cacheDir, workDir: cacheDir, clock: new SystemClock(), random: systemRandom }),
    cacheDir,
  };
}

test("a file is downloaded once and kept", async () => {
  const { url, counts } = await serve({ "/a": () => CONTENT });
  const { subject } = downloads();
  const path = await subject.file([`${url}/a`], SHA256, NEVER);
  expect(await subject.file([`${url}/a`], SHA256, NEVER)).toBe(path);
  expect(readFileSync(path, "utf8")).toBe(CONTENT);
  expect(counts).toEqual({ "/a": 1 });
});

test("a file with another content is refused, and nothing of it stays", async () => {
  const { url } = await serve({ "/a": () => "something else" });
  const { subject, cacheDir } = downloads();
  await expect(subject.file([`${url}/a`], SHA256, NEVER)).rejects.toThrow("SHA-256");
  expect(readdirSync(cacheDir)).toEqual([]);
});

test("the next place is tried when one does not have it", async () => {
  const { url, counts } = await serve({ "/b": () => CONTENT });
  await downloads().subject.file([`${url}/a`, `${url}/b`], SHA256, NEVER);
  expect(counts).toEqual({ "/a": 1, "/b": 1 });
});

test("a server that is in trouble for a moment is asked again", async () => {
  const { url, counts } = await serve({ "/a": (request) => (request === 1 ? 503 : CONTENT) });
  expect(await downloads().subject.text([`${url}/a`], NEVER)).toBe(CONTENT);
  expect(counts).toEqual({ "/a": 2 });
});

test("what exists nowhere is said so", async () => {
  const { url } = await serve({});
  await expect(downloads().subject.text([`${url}/a`], NEVER)).rejects.toBeInstanceOf(NotFound);
});

test("waiting for another try ends when it is aborted", async () => {
  const { url } = await serve({ "/a": () => 503 });
  const controller = new AbortController();
  using folder = new TestDataDir();
  const subject = new Downloads({
    cacheDir: folder.path,
    workDir: folder.path,
    clock: new ManualClock(),
    random: systemRandom,
  });
  const attempt = subject.text([`${url}/a`], controller.signal);
  setTimeout(() => controller.abort(new Error("enough")), 200);
  await expect(attempt).rejects.toThrow("enough");
});
