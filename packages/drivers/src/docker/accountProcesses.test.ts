import { expect, test } from "vitest";
import { AccountProcesses } from "./accountProcesses.ts";

function processes(maxPerAccount: number) {
  const limits = new Map<string, number>();
  const apply = (id: string, limit: number): void => void limits.set(id, limit);
  return { limits, shares: new AccountProcesses({ maxPerSandbox: 1024, maxPerAccount, apply }) };
}

test("the limits of an account's sandboxes together are at most its share", () => {
  const { limits, shares } = processes(4096);
  for (let i = 0; i < 100; i++) shares.add("a", `a${i}`);
  expect(limits.size).toBe(100);
  expect([...limits.values()].reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(4096);
  expect(new Set(limits.values())).toEqual(new Set([40]));
});

test("few sandboxes keep AWS's limit, whatever other accounts run", () => {
  const { limits, shares } = processes(4096);
  for (let i = 0; i < 100; i++) shares.add("a", `a${i}`);
  limits.clear();
  for (let i = 0; i < 4; i++) shares.add("b", `b${i}`);
  expect(limits.size).toBe(0);
});

test("sandboxes that end give their part back to the others", () => {
  const { limits, shares } = processes(2048);
  for (const id of ["x", "y", "z"]) shares.add("a", id);
  expect(limits.get("x")).toBe(682);
  shares.remove("z");
  shares.remove("z");
  expect([limits.get("x"), limits.get("y")]).toEqual([1024, 1024]);
});

test("a runtime can always start", () => {
  const { limits, shares } = processes(100);
  for (let i = 0; i < 50; i++) shares.add("a", `a${i}`);
  expect(Math.min(...limits.values())).toBe(32);
});
