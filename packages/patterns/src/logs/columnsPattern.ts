import { readComparison } from "./comparison.ts";
import type { LogPattern } from "./logPattern.ts";
import { readCondition, type Scanner } from "./scanner.ts";

interface Column {
  readonly name: string;
  readonly test: ((text: string) => boolean) | undefined;
}

const NAME = /[A-Za-z0-9_-]+/y;

/** `[ip, user, ..., status = 4*, size > 1000]`: one test for each column of a line; `...` stands for any number of columns. */
export function columnsPattern(scanner: Scanner): LogPattern {
  scanner.expect("[");
  const columns = scanner.sees("]") ? ["..." as const] : readColumns(scanner);
  scanner.expect("]");
  scanner.skipSpace();
  if (!scanner.isAtEnd) scanner.fail("unexpected text after ']'");
  const gap = columns.indexOf("...");
  const before = (gap < 0 ? columns : columns.slice(0, gap)) as readonly Column[];
  const after = (gap < 0 ? [] : columns.slice(gap + 1)) as readonly Column[];
  const fits = (texts: readonly string[]): boolean =>
    gap < 0 ? texts.length === before.length : texts.length >= before.length + after.length;
  return {
    regexes: scanner.regexes,
    matches: (message) => {
      const texts = splitColumns(message);
      if (!fits(texts)) return false;
      const holds = (column: Column, text: string | undefined): boolean => column.test?.(text ?? "") ?? true;
      return (
        before.every((column, at) => holds(column, texts[at])) &&
        after.every((column, at) => holds(column, texts[texts.length - after.length + at]))
      );
    },
    extract: (message) => {
      const texts = splitColumns(message);
      if (!fits(texts)) return {};
      const nameAt = (at: number): string => {
        const fromEnd = at - (texts.length - after.length);
        return (before[at] ?? after[fromEnd])?.name || String(at + 1);
      };
      return Object.fromEntries(texts.map((text, at) => [`$${nameAt(at)}`, text]));
    },
  };
}

function readColumns(scanner: Scanner): readonly (Column | "...")[] {
  const columns: (Column | "...")[] = [];
  do {
    if (scanner.takes("...")) {
      if (columns.includes("...")) scanner.fail("more than one '...'");
      columns.push("...");
    } else columns.push(readColumn(scanner));
  } while (scanner.takes(","));
  return columns;
}

function readColumn(scanner: Scanner): Column {
  scanner.skipSpace();
  const name = scanner.match(NAME) ?? "";
  if (scanner.sees(",") || scanner.sees("]")) return { name, test: undefined };
  let isFirst = true;
  const test = readCondition<string>(scanner, () => {
    scanner.skipSpace();
    // The name of the first condition has been read; the others may repeat it.
    if (!isFirst) {
      const again = scanner.match(NAME);
      if (again !== undefined && again !== name) scanner.fail(`expected '${name}'`);
    }
    isFirst = false;
    return readComparison(scanner);
  });
  return { name, test };
}

/** The columns of a line: texts between white space; what stands in quotation marks or in brackets is one of them. */
export function splitColumns(line: string): readonly string[] {
  const columns: string[] = [];
  const length = line.length;
  /** No closing mark of this kind comes any more: searched once, so that the time stays in proportion to the line. */
  const missing = new Set<string>();
  for (let at = 0; at < length;) {
    const first = line.charAt(at);
    if (/\s/.test(first)) {
      at++;
      continue;
    }
    const close = first === '"' ? '"' : first === "[" ? "]" : undefined;
    const end = close === undefined || missing.has(close) ? -1 : line.indexOf(close, at + 1);
    if (end > 0) {
      columns.push(line.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    if (close !== undefined) missing.add(close);
    let stop = at + 1;
    while (stop < length && !/\s/.test(line.charAt(stop))) stop++;
    columns.push(line.slice(at, stop));
    at = stop;
  }
  return columns;
}
