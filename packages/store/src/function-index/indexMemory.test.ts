import { ManualClock } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { beforeEach, expect, test } from "vitest";
import type { LoadedFunction } from "../functions/activation.ts";
import { IndexMemory } from "./indexMemory.ts";

const ACCOUNT = "000000000000";
const HERE = { accountId: ACCOUNT, region: "us-east-1" };
let used: readonly string[];
let memory: IndexMemory;
let clock: ManualClock;

function loaded(...versions: readonly string[]): LoadedFunction {
  const all = ["$LATEST", "1", "2", ...versions];
  return {
    accountId: ACCOUNT,
    region: "us-east-1",
    FunctionName: "f",
    lastVersion: 100,
    versions: new Map(all.map((Version) => [Version, { Version } as FunctionVersion])),
    notActive: new Map(),
    aliases: new Map([["live", { FunctionVersion: "1", AdditionalVersionWeights: { "2": 0.1 } }]]),
  };
}

const keep = (...versions: readonly string[]) => memory.keep(HERE, "f", loaded(...versions), versions);
const knows = (version: string): boolean => memory.find(HERE, "f", version) !== undefined;

beforeEach(() => {
  used = [];
  clock = new ManualClock();
  memory = new IndexMemory(() => used, clock, { absent: 3, onDemand: 5 });
});

test("a version without environments at two sweeps is dropped; versions with environments or behind aliases stay", () => {
  keep("7", "8", "1", "$LATEST");
  used = ["8"];
  memory.sweep();
  expect(knows("7")).toBe(true);
  memory.sweep();
  expect(["7", "8", "1", "2", "$LATEST", "live"].filter(knows)).toEqual(["8", "1", "2", "$LATEST", "live"]);
  used = [];
  memory.sweep();
  used = ["8"];
  memory.sweep();
  used = [];
  memory.sweep();
  expect(knows("8")).toBe(true);
});

test("versions without environments are dropped at once when the limit is exceeded", () => {
  used = ["10"];
  for (let version = 10; version <= 15; version++) keep(String(version));
  expect([10, 11, 12, 13, 14, 15].map(String).filter(knows)).toEqual(["10", "15"]);
  used = ["20", "21", "22", "23", "24", "25", "26"];
  for (const version of used) keep(version);
  expect(used.filter(knows)).toEqual(used);
});

test("the latest misses are cached, up to a limit, until the function changes", () => {
  const ask = (version: string) => memory.keep(HERE, "f", loaded(), [version]);
  for (const version of ["50", "51", "52", "53"]) ask(version);
  expect(["50", "51", "52", "53"].filter(knows)).toEqual(["51", "52", "53"]);
  memory.drop(HERE, "f");
  keep();
  expect(knows("53")).toBe(false);
  expect(knows("101")).toBe(true); // there has never been one
});

test("a missing version behind an alias is cached as missing", () => {
  const versions = new Map([...loaded().versions].filter(([version]) => version !== "1"));
  memory.keep(HERE, "f", { ...loaded(), versions }, ["1"]);
  expect(knows("1")).toBe(true);
});

test("a missing function is cached for at most a second, until it changes or everything is dropped", async () => {
  const ask = () => memory.keep(HERE, "g", undefined, []);
  ask();
  expect(memory.isAbsent(HERE, "g")).toBe(true);
  expect(memory.drop(HERE, "g")).toBe(false);
  expect(memory.isAbsent(HERE, "g")).toBe(false);
  ask();
  expect(memory.clear()).toEqual([]);
  expect(memory.isAbsent(HERE, "g")).toBe(false);
  ask();
  await clock.advance(999);
  expect(memory.isAbsent(HERE, "g")).toBe(true);
  await clock.advance(1);
  expect(memory.isAbsent(HERE, "g")).toBe(false);
});

test("a missing version is cached until its function changes", async () => {
  memory.keep(HERE, "f", loaded(), ["50"]);
  await clock.advance(3_600_000);
  expect(knows("50")).toBe(true);
});
