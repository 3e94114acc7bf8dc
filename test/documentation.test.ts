import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { hasLine, pageBlocks, USER_PAGES } from "./support/pageBlocks.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...["docs", "docs/adr"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Paths of the repository in backticks, without those that have a placeholder or a pattern in them. */
function pathsIn(page: string): string[] {
  return [...read(page).matchAll(/`((?:packages|test|docs|docker|deploy|\.ci)\/[^`\s]*)`/g)]
    .map((match) => match[1] ?? "")
    .filter((path) => !/[<>*{}…]/.test(path));
}

/** Targets of relative links. */
function linksIn(page: string): string[] {
  return [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
}

test.each(PAGES)("%s names files that exist", (page) => {
  const missing = pathsIn(page).filter((path) => !existsSync(join(ROOT, path)));
  const broken = linksIn(page).filter((link) => !existsSync(resolve(ROOT, dirname(page), link)));
  expect([...missing, ...broken]).toEqual([]);
});

test.each(USER_PAGES)("%s: each block of code is run, or says why not", (page) => {
  expect(pageBlocks(page).length).toBeGreaterThan(0);
});

test("docs/README.md has every page of docs", () => {
  const pages = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");
  expect(pages.filter((page) => !linksIn("docs/README.md").includes(page))).toEqual([]);
});

test("a documented line matches a line of the output with the same words", () => {
  const output = `{\n    "Account":  "000000000000",\n}\nREPORT RequestId: 7a\tDuration: 1 ms`;
  expect(hasLine(output, `"Account": "000000000000"`)).toBe(true);
  expect(hasLine(output, "REPORT RequestId: … Duration: … ms")).toBe(true);
  expect(hasLine(output, "REPORT RequestId: … Duration: … s.")).toBe(false);
  expect(hasLine(output, "Account … REPORT")).toBe(false);
});

test("the map in CONTRIBUTING.md has every package", () => {
  const map = read("CONTRIBUTING.md").split("## The map")[1]?.split("\n## ")[0] ?? "";
  const named = [...map.matchAll(/^\|[^|]*\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? "");
  expect(new Set(named)).toEqual(new Set(readdirSync(join(ROOT, "packages"))));
});

interface Step {
  readonly file: string;
  /** What it calls in the next step's file. */
  readonly calls: string;
}

/** The rows `| 1 | `file` | what it does | `name` |` of a section. */
function walk(title: string): Step[] {
  const section = read("CONTRIBUTING.md").split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| \d+ \| `([^`]+)` \|.*\| (?:`([^`]+)`)? *\|$/gm)].map((match) => ({
    file: match[1] ?? "",
    calls: match[2] ?? "",
  }));
}

describe.each(["The walk of an Invoke", "The walk of an event"])("%s", (title) => {
  const steps = walk(title);

  test("has at least five steps, whose files exist", () => {
    expect(steps.length).toBeGreaterThanOrEqual(5);
    for (const { file } of steps) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  test("each step reaches the next by the name that it says", () => {
    for (const [i, { file, calls }] of steps.slice(0, -1).entries()) {
      const next = steps[i + 1]?.file ?? "";
      const name = new RegExp(`\\b${calls}\\b`);
      const definition = new RegExp(
        `(function|class|const|async|get|readonly|export)\\s+#?${calls}\\b|^\\s+#?${calls}[<(=:]`,
        "m",
      );
      expect(calls, `${file} says what it calls`).toMatch(/^[\w]+$/);
      const [here, there] = [withoutComments(file), withoutComments(next)];
      expect(name.test(here) && name.test(there), `${calls} is in ${file} and ${next}`).toBe(true);
      // A step may also call back what the next one has registered.
      expect(definition.test(there) || definition.test(here), `${file} or ${next} defines ${calls}`).toBe(true);
    }
  });
});

function withoutComments(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
}
