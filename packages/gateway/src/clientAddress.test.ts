import { expect, test } from "vitest";
import { fakeRequest } from "./testing/fakeRequest.ts";

const forwarded = (peer: string, trusted: readonly string[], chain: string, proto = "https") =>
  fakeRequest({
    peer,
    trusted,
    headers: [
      ["X-Forwarded-For", chain],
      ["X-Forwarded-Proto", proto],
    ],
  });

test("what a client says about where it comes from counts only when a trusted proxy passes it on", () => {
  const spoofed = forwarded("192.0.2.1", ["10.0.0.0/8"], "1.1.1.1");
  expect([spoofed.sourceIp, spoofed.isSecure, spoofed.header("x-forwarded-for")]).toEqual([
    "192.0.2.1",
    false,
    "192.0.2.1",
  ]);
  const proxied = forwarded("10.1.2.3", ["10.0.0.0/8"], "198.51.100.7");
  expect([proxied.sourceIp, proxied.isSecure, proxied.header("x-forwarded-proto")]).toEqual([
    "198.51.100.7",
    true,
    "https",
  ]);
});

test("of several addresses the last counts that is no trusted proxy", () => {
  const sources = [
    ["6.6.6.6, 198.51.100.7", "198.51.100.7"],
    ["6.6.6.6, 198.51.100.7, 10.9.9.9", "198.51.100.7"],
    ["10.9.9.9", "10.9.9.9"],
    ["6.6.6.6, nonsense", "10.1.2.3"],
    ["", "10.1.2.3"],
  ] as const;
  for (const [chain, ip] of sources) expect(forwarded("10.1.2.3", ["10.0.0.0/8"], chain).sourceIp, chain).toBe(ip);
  expect(forwarded("fd00::1", ["fd00::/8"], "2001:db8::7").sourceIp).toBe("2001:db8::7");
  expect(forwarded("::ffff:127.0.0.1", ["127.0.0.1"], "2001:db8::7").sourceIp).toBe("2001:db8::7");
});
