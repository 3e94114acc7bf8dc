import { expect, test } from "vitest";
import { isSealed, KeyRing, newMasterKey, SealError } from "./keyRing.ts";

const OLD = newMasterKey();
const NEW = newMasterKey();
const row = ["access_keys", "AKIA1"];

test("a sealed value opens for its own identity and shows nothing of the plain text", () => {
  const ring = new KeyRing([OLD]);
  const sealed = ring.seal("sésame 🔑", row);
  expect(isSealed(sealed)).toBe(true);
  expect(sealed.startsWith(ring.prefix)).toBe(true);
  expect(Buffer.from(sealed.split(":")[2] ?? "", "base64url").includes("sésame")).toBe(false);
  expect(ring.open(sealed, row)).toBe("sésame 🔑");
  expect(ring.seal("sésame 🔑", row)).not.toBe(sealed);
});

test("a value that was moved to another row, changed, cut, or never sealed is refused", () => {
  const ring = new KeyRing([OLD]);
  const sealed = ring.seal("secret", row);
  const last = sealed.endsWith("A") ? "B" : "A";
  for (const [text, identity] of [
    [sealed, ["access_keys", "AKIA2"]],
    [sealed, ["access_keys/AKIA1"]],
    [`${sealed.slice(0, 30)}${last}${sealed.slice(31)}`, row],
    [sealed.slice(0, 40), row],
    ["secret", row],
    ["", row],
  ] as const) {
    if (text !== sealed || identity !== row) expect(() => ring.open(text, identity)).toThrow(SealError);
  }
});

test("the first key seals, and the others still open", () => {
  const sealed = new KeyRing([OLD]).seal("secret", row);
  const both = new KeyRing([NEW, OLD]);
  expect(both.open(sealed, row)).toBe("secret");
  expect(new KeyRing([NEW]).open(both.seal("secret", row), row)).toBe("secret");
  expect(() => new KeyRing([NEW]).open(sealed, row)).toThrow("which this process does not have");
});

test("keys that were replaced meanwhile are taken before sealing and for a value with an unknown key", () => {
  const file: { keys?: string[] } = {};
  const ring = new KeyRing([OLD]);
  ring.follow(() => file.keys);
  file.keys = [NEW, OLD];
  expect(ring.open(new KeyRing([NEW]).seal("secret", row), row)).toBe("secret");
  ring.set([OLD]);
  expect(new KeyRing([NEW]).open(ring.seal("other", row), row)).toBe("other");
});

test("a key that is too short, and a ring without one, are refused", () => {
  expect(() => new KeyRing(["short"])).toThrow("32 to 256");
  expect(() => new KeyRing().seal("secret", row)).toThrow("no master key");
});
