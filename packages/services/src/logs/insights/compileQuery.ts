import type { Aggregation } from "./aggregations.ts";
import { readExpression } from "./expressions.ts";
import { MalformedQuery } from "./malformedQuery.ts";
import { readParse } from "./parseCommand.ts";
import type { Row } from "./row.ts";
import {
  changeStage,
  dedupStage,
  filterStage,
  limitStage,
  type MakeStage,
  type NamedExpression,
  type SortKey,
  sortStage,
  type Stage,
  statsStage,
} from "./stages.ts";
import { TokenReader } from "./tokenReader.ts";
import { isTrue, toText, type Value } from "./values.ts";

/** One row of an answer, as GetQueryResults has it. */
export type ResultRow = readonly { readonly field: string; readonly value: string }[];

export interface CompiledQuery {
  /** Makes the first stage of a run. `onRow` gets the rows of the answer when the last event was pushed and `finish` was called. */
  run(onRow: (row: ResultRow) => void, onMatch: () => void): Stage;
}

/** AWS's limit of rows in one answer, and the default. */
const MAX_ROWS = 10_000;
/** Rows that a sort keeps when no limit follows it. */
const MAX_SORTED = 50_000;

interface Draft {
  readonly stages: MakeStage[];
  /** Positions in `stages` of the first command that makes rows of its own or limits them: what passed until there has matched. */
  matchedAt: number | undefined;
  /** Names of the columns, by the commands so far. */
  columns: string[];
  isDisplayed: boolean;
  isStats: boolean;
  isSorted: boolean;
  isLimited: boolean;
}

/** Compiles a query in the language of Logs Insights. Throws `MalformedQuery`. `limit`: of the request; the query's own one wins. */
export function compileQuery(query: string, limit = MAX_ROWS): CompiledQuery {
  const reader = new TokenReader(query);
  const draft: Draft = {
    stages: [],
    matchedAt: undefined,
    columns: [],
    isDisplayed: false,
    isStats: false,
    isSorted: false,
    isLimited: false,
  };
  if (!reader.isAtEnd) {
    do readCommand(reader, draft);
    while (reader.takesSign("|"));
    if (!reader.isAtEnd) reader.unexpected();
  }
  if (!draft.isLimited) addLimit(draft, Math.min(limit, MAX_ROWS));
  const { stages, isStats } = draft;
  const columns = draft.columns.length > 0 ? draft.columns : ["@timestamp", "@message"];
  const matchedAt = draft.matchedAt ?? stages.length;
  return {
    run: (onRow, onMatch) => {
      let next: Stage = { push: (row) => onRow(resultOf(row, columns, isStats)), finish: () => undefined };
      for (let at = stages.length; at >= 0; at--) {
        if (at === matchedAt) next = changeStage(onMatch)(next);
        if (at > 0) next = (stages[at - 1] as MakeStage)(next);
      }
      return next;
    },
  };
}

function resultOf(row: Row, columns: readonly string[], isStats: boolean): ResultRow {
  const result: { field: string; value: string }[] = [];
  for (const field of columns) {
    const value = row.get(field);
    if (value !== undefined) result.push({ field, value: toText(value) });
  }
  if (!isStats && !columns.includes("@ptr")) {
    const pointer = row.get("@ptr");
    if (pointer !== undefined) result.push({ field: "@ptr", value: toText(pointer) });
  }
  return result;
}

const COMMANDS: Readonly<Record<string, (reader: TokenReader, draft: Draft) => void>> = {
  fields: readFields,
  display: readDisplay,
  filter: (reader, { stages }) => {
    const test = readExpression(reader);
    stages.push(filterStage((row) => isTrue(test.evaluate(row))));
  },
  parse: (reader, { stages }) => stages.push(changeStage(readParse(reader))),
  stats: readStats,
  sort: readSort,
  limit: readLimit,
  head: readLimit,
  dedup: (reader, draft) => {
    const fields = [reader.expectField()];
    while (reader.takesSign(",")) fields.push(reader.expectField());
    sortByTime(draft, MAX_SORTED);
    draft.matchedAt ??= draft.stages.length;
    draft.stages.push(dedupStage(fields));
  },
};

/** Commands of AWS's that are not there. */
const NOT_BUILT = new Set([
  "pattern",
  "diff",
  "anomaly",
  "unnest",
  "lookup",
  "unmask",
  "join",
  "filterindex",
  "source",
  "addtotals",
]);

function readCommand(reader: TokenReader, draft: Draft): void {
  const token = reader.take();
  const name = token.value.toLowerCase();
  if (token.kind !== "word") reader.unexpected(token);
  if (NOT_BUILT.has(name)) {
    throw new MalformedQuery(
      reader.query,
      `the command ${token.value} is not implemented by Hearth, found`,
      token.start,
      token.end,
    );
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return reader.unexpected(token);
  command(reader, draft);
}

function readNamed(reader: TokenReader, aggregations?: Aggregation[]): NamedExpression {
  const expression = readExpression(reader, aggregations);
  return { name: reader.takesWord("as") ? reader.expectField() : (expression.field ?? expression.text), expression };
}

function readFields(reader: TokenReader, draft: Draft): void {
  const named: NamedExpression[] = [];
  do named.push(readNamed(reader));
  while (reader.takesSign(","));
  const made = named.filter(({ name, expression }) => expression.field !== name);
  if (made.length > 0) {
    draft.stages.push(
      changeStage((row) => {
        for (const { name, expression } of made) row.set(name, expression.evaluate(row));
      }),
    );
  }
  if (!draft.isDisplayed) draft.columns = [...new Set([...draft.columns, ...named.map(({ name }) => name)])];
}

function readDisplay(reader: TokenReader, draft: Draft): void {
  const columns: string[] = [];
  do columns.push(readNamed(reader).name);
  while (reader.takesSign(","));
  draft.columns = columns;
  draft.isDisplayed = true;
}

function readStats(reader: TokenReader, draft: Draft): void {
  const aggregations: Aggregation[] = [];
  const columns: NamedExpression[] = [];
  const by: NamedExpression[] = [];
  do columns.push(readNamed(reader, aggregations));
  while (reader.takesSign(","));
  if (aggregations.length === 0) reader.unexpected();
  if (reader.takesWord("by")) {
    do by.push(readNamed(reader));
    while (reader.takesSign(","));
  }
  draft.matchedAt ??= draft.stages.length;
  draft.stages.push(statsStage(columns, aggregations, by));
  draft.columns = [...by, ...columns].map(({ name }) => name);
  draft.isDisplayed = false;
  draft.isStats = true;
  draft.isSorted = false;
  draft.isLimited = false;
}

function readSort(reader: TokenReader, draft: Draft): void {
  const keys: SortKey[] = [];
  do {
    const expression = readExpression(reader);
    // A column of `stats` without a name has the text of its expression.
    const evaluate = (row: Row): Value => row.get(expression.text) ?? expression.evaluate(row);
    const isDescending = reader.takesWord("desc");
    if (!isDescending) reader.takesWord("asc");
    keys.push({ evaluate: draft.isStats ? evaluate : (row) => expression.evaluate(row), sign: isDescending ? -1 : 1 });
  } while (reader.takesSign(","));
  draft.matchedAt ??= draft.stages.length;
  // A limit that follows at once is all that has to be kept.
  const keep =
    reader.seesSign("|") && (reader.seesWord("limit", 1) || reader.seesWord("head", 1)) ? MAX_ROWS : MAX_SORTED;
  draft.stages.push(sortStage(keys, keep));
  draft.isSorted = true;
}

function readLimit(reader: TokenReader, draft: Draft): void {
  const token = reader.take();
  const limit = token.kind === "number" ? Number(token.value) : Number.NaN;
  if (!Number.isInteger(limit) || limit < 1) reader.unexpected(token);
  addLimit(draft, Math.min(limit, MAX_ROWS));
  draft.isLimited = true;
}

function addLimit(draft: Draft, limit: number): void {
  sortByTime(draft, limit);
  draft.matchedAt ??= draft.stages.length;
  draft.stages.push(limitStage(limit));
}

/** The latest events come first, unless the query sorts them; rows of `stats` stay as they are made. */
function sortByTime(draft: Draft, keep: number): void {
  if (draft.isSorted || draft.isStats) return;
  draft.matchedAt ??= draft.stages.length;
  draft.stages.push(sortStage([{ evaluate: (row) => row.get("@timestamp"), sign: -1 }], keep));
  draft.isSorted = true;
}
