import { expect, test } from "vitest";
import { MalformedAnswer, replyV1, replyV2 } from "./functionReply.ts";

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test("format 1.0 takes nothing but an object with a status, whose header lists come besides its headers", () => {
  const answer = {
    statusCode: 201,
    headers: { "X-One": "1", "x-list": "a" },
    multiValueHeaders: { "X-List": ["a", "b"], "Set-Cookie": ["a=1", "b=2"] },
    body: "text",
  };
  expect(replyV1(bytes(answer))).toMatchObject({
    status: 201,
    headers: { "x-one": "1", "x-list": ["a", "b"], "set-cookie": ["a=1", "b=2"], "content-type": "application/json" },
    body: Buffer.from("text"),
  });
  for (const wrong of [
    "text",
    null,
    1,
    [],
    {},
    { statusCode: "x" },
    { statusCode: 200, body: {} },
    { statusCode: 200, multiValueHeaders: { a: "b" } },
  ]) {
    expect(() => replyV1(bytes(wrong)), JSON.stringify(wrong)).toThrow(MalformedAnswer);
  }
});

test("no header of an answer can break out of its line, or take the platform's place", () => {
  const split = ["a\r\nx: 1", "a\nx: 1", "a\0", "\u2028", "a\u007f"];
  for (const value of split) {
    expect(() => replyV2(bytes({ statusCode: 200, headers: { x: value } }))).toThrow(MalformedAnswer);
    expect(() => replyV2(bytes({ statusCode: 200, cookies: [value] }))).toThrow(MalformedAnswer);
    expect(() => replyV2(bytes({ statusCode: 200, headers: { [`x${value}`]: "1" } }))).toThrow(MalformedAnswer);
  }
  const { headers } = replyV2(
    bytes({ statusCode: 200, headers: { "Transfer-Encoding": "chunked", Server: "me", "x-ok": true } }),
  );
  expect({ ...headers }).toEqual({
    "x-amzn-remapped-transfer-encoding": "chunked",
    "x-amzn-remapped-server": "me",
    "x-ok": "true",
    "content-type": "application/json",
  });
});

test("JSON that is no answer goes out as the function sent it, byte by byte", () => {
  const sent = Buffer.from('{ "b":1.0,\n "a":"\\u00fc" }');
  expect(replyV2(sent)).toEqual({ status: 200, headers: { "content-type": "application/json" }, body: sent });
  expect(replyV2(Buffer.from("not JSON")).body).toEqual(Buffer.from("not JSON"));
});
