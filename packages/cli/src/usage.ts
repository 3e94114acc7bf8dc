/** What one function used on one day, as Hearth sums it. */
export interface UsageRow {
  /** UTC, `2026-01-31`. */
  readonly day: string;
  readonly functionName: string;
  readonly invocations: number;
  readonly errors: number;
  readonly billedMs: number;
  readonly gbSeconds: number;
}

/** Takes what `GET /_hearth/usage` answers. */
export function parseUsage(body: unknown): readonly UsageRow[] {
  return (body as { readonly usage: readonly UsageRow[] }).usage;
}

const HEADINGS = ["DAY", "FUNCTION", "INVOCATIONS", "ERRORS", "BILLED MS", "GB-SECONDS"];

/** A table with a line of totals. */
export function usageTable(rows: readonly UsageRow[]): string {
  if (rows.length === 0) return "Nothing was used in this time.";
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const total = {
    day: "total",
    functionName: "",
    invocations: sum((row) => row.invocations),
    errors: sum((row) => row.errors),
    billedMs: sum((row) => row.billedMs),
    gbSeconds: sum((row) => row.gbSeconds),
  };
  const cells = [HEADINGS, ...[...rows, total].map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0, i))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf(row: UsageRow): string[] {
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    row.day,
    row.functionName,
    number(row.invocations),
    number(row.errors),
    number(row.billedMs),
    row.gbSeconds.toFixed(3),
  ];
}

/** Words to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}
