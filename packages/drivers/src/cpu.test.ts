import { expect, test } from "vitest";
import { cpuQuotaUs, cpuShares, cpuWeight } from "./cpu.ts";

test("1,769 MB are one vCPU, by weight and by quota", () => {
  expect(cpuShares(1769)).toBe(1024);
  expect(cpuQuotaUs(1769)).toBe(100_000);
});

test("CPU follows memory in proportion", () => {
  expect(cpuShares(128)).toBe(74);
  expect(cpuShares(10_240)).toBe(5928);
  expect(cpuQuotaUs(128)).toBe(7236);
});

test("weights of cgroup v2 are those that runc converts to", () => {
  expect([2, 74, 1024, 5927, 262_144].map(cpuWeight)).toEqual([1, 3, 39, 226, 10_000]);
});
