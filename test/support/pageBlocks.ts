import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The pages for users whose commands `test/e2e/documentedCommands.test.ts` runs. */
export const USER_PAGES = [
  "README.md",
  "docs/quick-start.md",
  "docs/events.md",
  "docs/security.md",
  "docs/troubleshooting.md",
  "docs/upgrade.md",
  "docs/migrate-from-aws.md",
  "docs/migrate-from-localstack.md",
] as const;

/** A fenced block that is run: a shell script, or a file that a later script uses. */
export type PageBlock = { readonly line: number; readonly text: string } & (
  | {
      readonly kind: "script";
      /** True when its exit code must not be 0. */
      readonly fails: boolean;
      /** Lines that it must print; `…` in them stands for anything. */
      readonly prints: readonly string[];
    }
  | { readonly kind: "file"; readonly name: string }
);

/** Languages whose blocks are files; the first line names the file in a comment. */
const FILES = new Set(["python", "js", "hcl"]);
const FILE_NAME = /^(?:#|\/\/) ([\w.-]+)/;
/** Opening line, language, text. A mark is an HTML comment on the line before. */
const FENCE = /(?:^<!-- (?<mark>.+) -->\n)?^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;

/**
 * The blocks of a page that are run, in their order. Blocks of language
 *
 * - `sh` are scripts, run by bash. Below `<!-- fails -->` the script must fail.
 * - `text` say what the script before them prints.
 * - `python`, `js` and `hcl` are files. Their first line names the file: `# app.py`.
 *
 * `<!-- not run: why -->` on the line before a block of any language leaves it out. Throws for a block of which it cannot be told what to do with it.
 */
export function pageBlocks(page: string): PageBlock[] {
  const source = readFileSync(resolve(ROOT, page), "utf8");
  const blocks: PageBlock[] = [];
  for (const found of source.matchAll(FENCE)) {
    const { mark, language = "", text = "" } = found.groups ?? {};
    const line = source.slice(0, found.index).split("\n").length + (mark === undefined ? 0 : 1);
    const refuse = (problem: string): never => {
      throw new Error(`${page}:${line}: ${problem}`);
    };
    if (mark !== undefined && mark !== "fails" && !/^not run: .{5,}/.test(mark))
      refuse(`the mark "${mark}" is unknown`);
    if (mark?.startsWith("not run")) continue;
    const before = blocks.at(-1);
    if (language === "sh") blocks.push({ kind: "script", line, text, fails: mark === "fails", prints: [] });
    else if (language === "text" && before?.kind === "script") {
      blocks[blocks.length - 1] = { ...before, prints: [...before.prints, ...text.split("\n").filter(Boolean)] };
    } else if (FILES.has(language)) {
      const name = FILE_NAME.exec(text)?.[1] ?? refuse("the first line does not name the file");
      blocks.push({ kind: "file", line, text, name });
    } else refuse(`a block of language "${language}" is neither run nor marked as not run`);
  }
  return blocks;
}

/** True when `output` has the line `expected`, in which `…` stands for anything, as a line or a part of one. */
export function hasLine(output: string, expected: string): boolean {
  const pattern = expected
    .trim()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"))
    .join(".*");
  return output.split("\n").some((line) => new RegExp(pattern).test(line));
}
