/** Usage of one function of one region on one day. */
export interface UsageRow {
  readonly region: string;
  /** UTC, such as `2026-01-31`. */
  readonly day: string;
  readonly functionName: string;
  readonly invocations: number;
  readonly errors: number;
  readonly billedMs: number;
  readonly gbSeconds: number;
}

const HEADINGS = ["DAY", "REGION", "FUNCTION", "INVOCATIONS", "ERRORS", "BILLED MS", "GB-SECONDS"];
const REGION_COLUMN = 1;
const TEXT_COLUMNS = 3;

/** A table that ends with the totals. The region is shown when there are several. */
export function usageTable(rows: readonly UsageRow[]): string {
  if (rows.length === 0) return "No usage in this period.";
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const total = {
    day: "total",
    region: "",
    functionName: "",
    invocations: sum((row) => row.invocations),
    errors: sum((row) => row.errors),
    billedMs: sum((row) => row.billedMs),
    gbSeconds: sum((row) => row.gbSeconds),
  };
  const cells = [HEADINGS, ...[...rows, total].map(cellsOf)];
  const hasRegions = new Set(rows.map(({ region }) => region)).size > 1;
  const widths = HEADINGS.map((_, column) =>
    cells.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0),
  );
  return cells
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0, i))
        .filter((_, i) => i !== REGION_COLUMN || hasRegions)
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf(row: UsageRow): string[] {
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    row.day,
    row.region,
    row.functionName,
    number(row.invocations),
    number(row.errors),
    number(row.billedMs),
    row.gbSeconds.toFixed(3),
  ];
}

/** Aligns text left and numbers right. */
function pad(cell: string, width: number, column: number): string {
  return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
}
