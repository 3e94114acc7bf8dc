import type { Outcome } from "@hearth/model";
import { beforeEach, expect, test } from "vitest";
import { StreamedAnswer } from "./streamedAnswer.ts";

const MB = 1024 * 1024;
let gone: AbortController;
let answer: StreamedAnswer;

beforeEach(() => {
  gone = new AbortController();
  answer = new StreamedAnswer(gone.signal);
  answer.executes("3");
});

const success = (payload: string): { outcome: Outcome; ExecutedVersion: string } => ({
  outcome: { kind: "success", payload: Buffer.from(payload) },
  ExecutedVersion: "3",
});
const textOf = async (body: ReadableStream<Uint8Array>): Promise<string> => await new Response(body).text();
const never = (): void => expect.unreachable();

test("an answer begins before it ends, and `ended` has the outcome", async () => {
  answer.begin("text/plain");
  const { ExecutedVersion, contentType, body, ended } = await answer.begun;
  expect({ ExecutedVersion, contentType }).toEqual({ ExecutedVersion: "3", contentType: "text/plain" });
  answer.write(Buffer.from("one "), never);
  answer.write(Buffer.from("two"), never);
  answer.end(success(""));
  expect(await textOf(body)).toBe("one two");
  expect((await ended).outcome.kind).toBe("success");
  expect(answer.bytes).toBe(7);
});

test("an answer in one piece is one chunk, without a content type", async () => {
  answer.end(success('"whole"'));
  const { body, contentType } = await answer.begun;
  expect(contentType).toBeUndefined();
  const chunks: string[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk).toString());
  expect(chunks).toEqual(['"whole"']);
});

test("the error document of a failed function is not in the body", async () => {
  const payload = Buffer.from("{}");
  answer.end({ outcome: { kind: "functionError", errorType: "E", payload }, ExecutedVersion: "3" });
  const { body, ended } = await answer.begun;
  expect(await textOf(body)).toBe("");
  expect((await ended).outcome.kind).toBe("functionError");
});

test("an error of the platform rejects `begun` before the beginning, and breaks the body off after it", async () => {
  answer.fail(new Error("early"));
  await expect(answer.begun).rejects.toThrow("early");
  const other = new StreamedAnswer(gone.signal);
  other.begin("text/plain");
  other.fail(new Error("late"));
  const { body, ended } = await other.begun;
  await expect(textOf(body)).rejects.toThrow("late");
  await expect(ended).rejects.toThrow("late");
});

test("the buffer for a slow reader is bounded: the function waits until it has been read", async () => {
  answer.begin("text/plain");
  const reader = (await answer.begun).body.getReader();
  let isReady = false;
  const piece = Buffer.alloc(64 * 1024);
  let pieces = 1;
  while (answer.write(piece, () => (isReady = true))) pieces++;
  expect(pieces * piece.length).toBeLessThan(MB);
  expect(isReady).toBe(false);
  await reader.read();
  await reader.read();
  expect(isReady).toBe(true);
});

test.each([
  ["goes away", async () => gone.abort(new Error("gone"))],
  ["cancels", async () => await (await answer.begun).body.cancel()],
])(
  "when the reader %s, a function that waits goes on, and what it says is dropped and counted",
  async (_how, leave) => {
    answer.begin("text/plain");
    let isReady = false;
    while (answer.write(Buffer.alloc(MB), () => (isReady = true)));
    await leave();
    expect(isReady).toBe(true);
    for (let i = 0; i < 50; i++) expect(answer.write(Buffer.alloc(MB), never)).toBe(true);
    expect(answer.bytes).toBeGreaterThan(50 * MB);
    answer.end(success(""));
    expect((await (await answer.begun).ended).outcome.kind).toBe("success");
  },
);

test("an answer without a reader still ends", async () => {
  gone.abort(new Error("gone"));
  const late = new StreamedAnswer(gone.signal);
  late.begin("text/plain");
  expect(late.write(Buffer.from("x"), never)).toBe(true);
  late.end(success(""));
  expect(await textOf((await late.begun).body)).toBe("");
});
