import type { InvocationResult, StreamedResult } from "@hearth/invoke";
import { expect, test } from "vitest";
import { MalformedAnswer } from "../functionReply.ts";
import { streamedReply } from "./streamedReply.ts";

const PRELUDE = "application/vnd.awslambda.http-integration-response";
const success: InvocationResult = { outcome: { kind: "success", payload: Buffer.alloc(0) }, ExecutedVersion: "1" };
const failure: InvocationResult = {
  outcome: { kind: "functionError", payload: Buffer.from("{}"), errorType: "Error" },
  ExecutedVersion: "1",
};

const streamed = (contentType: string | undefined, pieces: readonly Buffer[], ended = success): StreamedResult => ({
  ExecutedVersion: "1",
  contentType,
  body: new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  }),
  ended: Promise.resolve(ended),
});

const textOf = async (body: unknown): Promise<string> => await new Response(body as ReadableStream<Uint8Array>).text();

test("the prelude is found wherever the stream is cut", async () => {
  const head = {
    statusCode: 207,
    headers: { "X-A": "ü".normalize("NFD").slice(0, 1), Date: "never" },
    cookies: ["c=1"],
  };
  const all = Buffer.concat([
    Buffer.from(JSON.stringify(head)),
    Buffer.alloc(8),
    Buffer.from("body\0\0\0\0\0\0\0\0more"),
  ]);
  for (let cut = 0; cut <= all.length; cut++) {
    const pieces = [all.subarray(0, cut), all.subarray(cut)].filter(({ length }) => length > 0);
    const { status, headers, body } = await streamedReply(streamed(PRELUDE, pieces));
    expect([status, { ...headers }]).toEqual([
      207,
      { "x-a": "u", "x-amzn-remapped-date": "never", "set-cookie": ["c=1"], "content-type": "application/json" },
    ]);
    expect(await textOf(body)).toBe("body\0\0\0\0\0\0\0\0more");
  }
});

test("a prelude that cannot be read is a malformed answer", async () => {
  const pieces = (text: string): Buffer[] => [Buffer.from(text), Buffer.alloc(8)];
  for (const text of ["no JSON", "[]", '{"statusCode":99}', '{"headers":{"a b":"1"}}']) {
    await expect(streamedReply(streamed(PRELUDE, pieces(text)))).rejects.toThrow(MalformedAnswer);
  }
  await expect(streamedReply(streamed(PRELUDE, [Buffer.from('{"statusCode":200}')]))).rejects.toThrow(MalformedAnswer);
  await expect(streamedReply(streamed(PRELUDE, [Buffer.alloc(70_000, "x")]))).rejects.toThrow(MalformedAnswer);
});

test("a function that fails before it answers is a 502; one that fails later breaks its answer off", async () => {
  expect((await streamedReply(streamed(PRELUDE, [], failure))).status).toBe(502);
  expect((await streamedReply(streamed(undefined, [], failure))).status).toBe(502);
  const begun = await streamedReply(streamed("text/plain", [Buffer.from("half")], failure));
  expect([begun.status, begun.headers["content-type"]]).toEqual([200, "text/plain"]);
  await expect(textOf(begun.body)).rejects.toThrow(/failed/);
});
