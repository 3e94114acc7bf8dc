import { expect, test } from "vitest";
import { PackageIndex } from "./packageIndex.ts";
import { compareVersions } from "./version.ts";

test.each([
  ["1.0", "1.0-1"],
  ["1.0~rc1", "1.0"],
  ["1.9", "1.10"],
  ["2.36-9+deb12u9", "2.36-9+deb12u10"],
  ["9.9", "1:1.0"],
  ["1.0a", "1.0+b"],
  ["3.11.2-6", "3.11.2-6+deb12u1"],
  ["0", "1"],
])("%s is older than %s", (older, newer) => {
  expect(compareVersions(older, newer)).toBeLessThan(0);
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
  expect(compareVersions(newer, newer)).toBe(0);
});

function paragraph(name: string, version: string, more = ""): string {
  return `Package: ${name}\nVersion: ${version}\n${more}Filename: pool/${name}_${version}.deb\nSize: 10\nSHA256: ${"0".repeat(64)}`;
}

const INDEX = [
  paragraph("a", "1", "Depends: b (>= 1), c | d, virtual\nPre-Depends: e:any\n"),
  paragraph("b", "1"),
  paragraph("c", "1", "Depends: a\n"),
  paragraph("d", "1"),
  paragraph("e", "1"),
  paragraph("real", "1", "Provides: virtual (= 1), other\n"),
].join("\n\n");

function indexOf(...texts: string[]): PackageIndex {
  const index = new PackageIndex();
  for (const text of texts) index.add(text, ["https://example.test/debian"]);
  return index;
}

const names = (packages: readonly { name: string }[]): string[] => packages.map(({ name }) => name);

test("a package comes with all that it needs: of alternatives the first, for a virtual package one that provides it", () => {
  expect(names(indexOf(INDEX).closure(["a"], new Set()))).toEqual(["a", "b", "c", "e", "real"]);
});

test("what is wanted anyway meets an alternative", () => {
  expect(names(indexOf(INDEX).closure(["a", "d"], new Set()))).toEqual(["a", "b", "d", "e", "real"]);
});

test("what is omitted is left out with what only that needs", () => {
  expect(names(indexOf(INDEX).closure(["a"], new Set(["c", "real", "e"])))).toEqual(["a", "b"]);
});

test("the newest version counts, wherever it was listed", () => {
  const index = indexOf(paragraph("b", "1.10"), paragraph("b", "1.9"));
  expect(index.closure(["b"], new Set())[0]?.version).toBe("1.10");
});

test("a package that does not exist is an error", () => {
  expect(() => indexOf(INDEX).closure(["zzz"], new Set())).toThrow("zzz");
});
