import { expect, test } from "vitest";
import { canonicalHost } from "./canonicalHost.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["017700000001", "127.0.0.1"],
  ["127.1", "127.0.0.1"],
  ["①②⑦.0.0.1", "127.0.0.1"],
  ["[::ffff:127.0.0.1]", "::ffff:7f00:1"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["Example.COM.", "example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
])("%s is the host %s", (written, canonical) => {
  expect(canonicalHost(written)).toBe(canonical);
});

test.each(["", "a b", "user@host", "host/path", "host:80", "a\r\nb", "[::1", "%31%32", "256.256.256.256", "."])(
  "%j is not a host",
  (written) => {
    expect(canonicalHost(written)).toBeUndefined();
  },
);
