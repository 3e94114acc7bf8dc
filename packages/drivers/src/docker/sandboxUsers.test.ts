import { expect, test } from "vitest";
import { SandboxUsers } from "./sandboxUsers.ts";

test("sandboxes that run at the same time have different users, also after many have ended", () => {
  const users = new SandboxUsers({ installation: "0123456789ab", isRemapped: false });
  const kept = users.take("kept");
  for (let i = 0; i < 10_000; i++) {
    expect(users.take(`${i}`)).not.toBe(kept);
    users.release(`${i}`);
  }
  const some = Array.from({ length: 1000 }, (_, i) => users.take(`some ${i}`));
  expect(new Set([...some, kept]).size).toBe(1001);
});

test("users are above those of the host and within what engines take; installations have ranges of their own", () => {
  const [one = 0, other = 0] = ["000000010000", "fffffffe0000"].map((installation) =>
    new SandboxUsers({ installation, isRemapped: false }).take("a"),
  );
  for (const uid of [one, other]) {
    expect(uid).toBeGreaterThanOrEqual(2_000_000_000);
    expect(uid).toBeLessThan(2 ** 31 - 4096);
  }
  expect(Math.abs(one - other)).toBeGreaterThanOrEqual(4096);
});

test("in an engine that remaps users they are among the 65,536 that exist there", () => {
  const users = new SandboxUsers({ installation: "ffffffffffff", isRemapped: true });
  const all = Array.from({ length: 5000 }, (_, i) => users.take(`${i}`));
  expect(Math.max(...all)).toBeLessThan(65_534);
});
