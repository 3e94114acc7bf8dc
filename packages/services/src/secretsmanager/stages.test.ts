import type { SecretVersionFacts } from "@hearth/store";
import { expect, test } from "vitest";
import { stagesAfter } from "./stages.ts";

const version = (VersionId: string, ...stages: string[]): SecretVersionFacts => ({
  ...{ VersionId, stages, hasValue: true, createdMs: 0, accessedMs: null },
});
const after = (versions: readonly SecretVersionFacts[], id: string, ...given: string[]) =>
  Object.fromEntries(stagesAfter(versions, id, given));

test("the first version becomes the current one", () => {
  expect(after([], "a", "AWSCURRENT")).toEqual({ a: ["AWSCURRENT"] });
});

test("a new current version makes the former one the previous one, and only that", () => {
  const versions = [version("a", "AWSPREVIOUS"), version("b", "AWSCURRENT", "mine")];
  expect(after(versions, "c", "AWSCURRENT")).toEqual({ a: [], b: ["mine", "AWSPREVIOUS"], c: ["AWSCURRENT"] });
});

test("going back to the previous version swaps the two", () => {
  const versions = [version("a", "AWSPREVIOUS"), version("b", "AWSCURRENT")];
  expect(after(versions, "a", "AWSCURRENT")).toEqual({ a: ["AWSCURRENT"], b: ["AWSPREVIOUS"] });
});

test("other stages move without a trace", () => {
  const versions = [version("a", "AWSCURRENT"), version("b", "AWSPENDING")];
  expect(after(versions, "c", "AWSPENDING")).toEqual({ b: [], c: ["AWSPENDING"] });
});

test("a version that has the stage already keeps everything as it is", () => {
  expect(after([version("a", "AWSCURRENT")], "a", "AWSCURRENT")).toEqual({});
});
