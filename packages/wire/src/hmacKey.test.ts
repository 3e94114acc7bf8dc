import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { HmacKey } from "./hmacKey.ts";

test("digests are those of HMAC-SHA256, for keys up to a block and texts of any length", () => {
  for (const key of ["", "Jefe", "k".repeat(32), "k".repeat(64)]) {
    const own = new HmacKey(Buffer.from(key));
    for (const text of ["", "what do ya want for nothing?", "ü€😀", "x".repeat(5_000)]) {
      expect(own.digest(text)).toBe(createHmac("sha256", key).update(text).digest("hex"));
    }
  }
});

test("only the digest itself, in either case, is right", () => {
  const key = new HmacKey(Buffer.from("secret"));
  const digest = key.digest("text");
  expect(key.verifies("text", digest)).toBe(true);
  expect(key.verifies("text", digest.toUpperCase())).toBe(true);
  expect(key.verifies("texts", digest)).toBe(false);
  for (const wrong of ["", "zz", digest.slice(2), `${digest}00`, `00${digest.slice(2)}`]) {
    expect(key.verifies("text", wrong)).toBe(false);
  }
});

test("a key that is longer than a block is refused", () => {
  expect(() => new HmacKey(Buffer.alloc(65))).toThrow("longer than a block");
});
