import { type Random, systemRandom } from "@hearth/kit";
import { type FunctionVersion, ResourceConflictException, ResourceNotFoundException } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";
import { expect, test } from "vitest";
import { resolveVersion } from "./resolveVersion.ts";

const version = (Version: string): FunctionVersion => ({ Version }) as FunctionVersion;
const fn: IndexedFunction = {
  accountId: "000000000000",
  region: "eu-west-1",
  FunctionName: "f",
  versions: new Map(["$LATEST", "1", "2"].map((name) => [name, version(name)])),
  notActive: new Map([["3", "Pending"]]),
  aliases: new Map([
    ["live", { FunctionVersion: "1", AdditionalVersionWeights: {} }],
    ["canary", { FunctionVersion: "1", AdditionalVersionWeights: { "2": 0.25 } }],
    ["next", { FunctionVersion: "3", AdditionalVersionWeights: {} }],
  ]),
};
const chance = (fraction: number): Random => ({ ...systemRandom, fraction: () => fraction });
const resolved = (Qualifier?: string, fraction = 0): string => resolveVersion(fn, Qualifier, chance(fraction)).Version;

test("without a qualifier $LATEST runs, with one that version or what the alias points to", () => {
  expect(resolved()).toBe("$LATEST");
  expect(resolved("$LATEST")).toBe("$LATEST");
  expect(resolved("2")).toBe("2");
  expect(resolved("live")).toBe("1");
});

test("a weighted alias splits its invocations", () => {
  expect(resolved("canary", 0)).toBe("2");
  expect(resolved("canary", 0.2499)).toBe("2");
  expect(resolved("canary", 0.25)).toBe("1");
  expect(resolved("canary", 0.999)).toBe("1");
});

test("a version that is not active is a conflict, also behind an alias", () => {
  expect(() => resolved("3")).toThrow(ResourceConflictException);
  expect(() => resolved("next")).toThrow("The function is currently in the following state: Pending");
});

test("the error for a missing function or qualifier names its ARN", () => {
  expect(() => resolved("9")).toThrow(ResourceNotFoundException);
  expect(() => resolved("beta")).toThrow("Function not found: arn:aws:lambda:eu-west-1:000000000000:function:f:beta");
});
