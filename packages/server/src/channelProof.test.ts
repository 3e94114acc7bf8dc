import type { IncomingMessage } from "node:http";
import { SessionTokens } from "@hearth/access";
import { systemRandom } from "@hearth/kit";
import { expect, test } from "vitest";
import { proveChannel, provenChannel } from "./channelProof.ts";

const sessions = new SessionTokens(Buffer.alloc(32, 1), systemRandom);
const request = (authorization: string, proof?: string): IncomingMessage =>
  ({
    headers: { authorization, ...(proof && { "x-hearth-channel": proof }) },
  }) as Partial<IncomingMessage> as IncomingMessage;

test("what an invoker says of a request's sandbox is believed for that request alone", () => {
  const proof = proveChannel(sessions, "0123456789abcdef", request("AWS4 a"));
  expect(provenChannel(sessions, request("AWS4 a", proof))).toBe("0123456789abcdef");
  expect(provenChannel(sessions, request("AWS4 b", proof))).toBeUndefined();
  expect(provenChannel(sessions, request("AWS4 a", proof.replace("0", "1")))).toBeUndefined();
  expect(provenChannel(sessions, request("AWS4 a"))).toBeUndefined();
  expect(provenChannel(sessions, request("AWS4 a", "0123456789abcdef"))).toBeUndefined();
});

test("another Hearth's word is nothing", () => {
  const other = new SessionTokens(Buffer.alloc(32, 2), systemRandom);
  expect(provenChannel(sessions, request("AWS4 a", proveChannel(other, "c", request("AWS4 a"))))).toBeUndefined();
});
