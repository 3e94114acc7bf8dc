import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeEach, expect, test } from "vitest";

const BIN = resolve(import.meta.dirname, "../bin");
/** A clone with one source. */
const root = mkdtempSync(join(tmpdir(), "hearth-sources-"));
const bin = join(root, "packages", "server", "bin");
const source = join(root, "packages", "server", "src", "main.ts");
const sources = join(root, ".hearth", "cache", "sources");
afterAll(() => rmSync(root, { recursive: true }));

beforeEach(() => {
  rmSync(root, { recursive: true });
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(source, ".."));
  for (const name of ["sourceFolder.mjs", "strippedSources.mjs", "stripSources.mjs"])
    copyFileSync(join(BIN, name), join(bin, name));
  writeSource("first");
});

function writeSource(text: string): void {
  const lines = [
    `const text: string = "${text}";`,
    `const compiled = (process as unknown as { moduleLoadList: string[] }).moduleLoadList.some((name) => name.includes("amaro/dist"));`,
    `const line = new Error().stack!.split("\\n")[1]!.split("/").at(-1);`,
    "console.log(JSON.stringify({ text, compiled, line }));",
  ];
  writeFileSync(source, lines.join("\n"));
}

function strip(): void {
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(bin, "stripSources.mjs")]);
}

function run(): unknown {
  const flags = [`--import=${join(bin, "strippedSources.mjs")}`];
  return JSON.parse(execFileSync(process.execPath, [...flags, source], { encoding: "utf8" }));
}

const line = expect.stringMatching(/^main\.ts:3:14/) as string;

test("sources are read without the compiler, with the positions of the originals; one that has changed is read anew", () => {
  expect(run()).toEqual({ text: "first", compiled: true, line });
  strip();
  expect(run()).toEqual({ text: "first", compiled: false, line });
  writeSource("second");
  expect(run()).toEqual({ text: "second", compiled: true, line });
  strip();
  expect(run()).toEqual({ text: "second", compiled: false, line });
  const [folder = ""] = readdirSync(sources);
  expect(readdirSync(join(sources, folder))).toHaveLength(1);
}, 60_000);

test("what others could have written is not run", () => {
  strip();
  const [folder = ""] = readdirSync(sources);
  chmodSync(join(sources, folder), 0o777);
  for (const name of readdirSync(join(sources, folder)))
    writeFileSync(join(sources, folder, name), `console.log(JSON.stringify("of others"));`);
  expect(run()).toEqual({ text: "first", compiled: true, line });
}, 60_000);

test("a source finds others, by their file or their package, under the names that Node gives them, changed ones too", () => {
  const kit = join(root, "packages", "kit");
  mkdirSync(join(kit, "src"), { recursive: true });
  mkdirSync(join(root, "node_modules", "@hearth"), { recursive: true });
  symlinkSync(kit, join(root, "node_modules", "@hearth", "kit"));
  const manifest = { name: "@hearth/kit", type: "module", exports: "./src/index.ts" };
  writeFileSync(join(kit, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(root, "packages", "server", "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(kit, "src", "index.ts"), `export { url } from "./part.ts";`);
  const writePart = (text: string): void =>
    writeFileSync(join(kit, "src", "part.ts"), `export const url: string = import.meta.url + "?${text}";`);
  writePart("first");
  const imports = [`import { url } from "@hearth/kit";`, `import { url as same } from "../../kit/src/part.ts";`];
  writeFileSync(source, [...imports, "console.log(JSON.stringify([url, same] as string[]));"].join("\n"));
  const found = (text: string): string[] => Array<string>(2).fill(`${pathToFileURL(kit).href}/src/part.ts?${text}`);
  expect(run()).toEqual(found("first"));
  strip();
  expect(run()).toEqual(found("first"));
  writePart("second");
  expect(run()).toEqual(found("second"));
}, 60_000);
