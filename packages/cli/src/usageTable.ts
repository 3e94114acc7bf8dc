/** Usage of one function of one account and region on one day. */
export interface UsageRow {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** UTC, such as `2026-01-31`. */
  readonly day: string;
  readonly functionName: string;
  readonly invocations: number;
  readonly errors: number;
  readonly billedMs: number;
  readonly gbSeconds: number;
}

const HEADINGS = ["DAY", "ACCOUNT", "REGION", "FUNCTION", "INVOCATIONS", "ERRORS", "BILLED MS", "GB-SECONDS"];
const ACCOUNT_COLUMN = 1;
const REGION_COLUMN = 2;
const TEXT_COLUMNS = 4;

/** A table that ends with the totals. The region is shown when there are several. */
export function usageTable(rows: readonly UsageRow[], showsAccounts = false): string {
  if (rows.length === 0) return "No usage in this period.";
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const total = {
    day: "total",
    accountId: "",
    region: "",
    functionName: "",
    invocations: sum((row) => row.invocations),
    errors: sum((row) => row.errors),
    billedMs: sum((row) => row.billedMs),
    gbSeconds: sum((row) => row.gbSeconds),
  };
  const cells = [HEADINGS, ...[...rows, total].map(cellsOf)];
  const hidden = new Set<number>();
  if (!showsAccounts) hidden.add(ACCOUNT_COLUMN);
  if (new Set(rows.map(({ region }) => region)).size === 1) hidden.add(REGION_COLUMN);
  const widths = HEADINGS.map((_, column) =>
    cells.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0),
  );
  return cells
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0, i))
        .filter((_, i) => !hidden.has(i))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf(row: UsageRow): string[] {
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    row.day,
    row.accountId,
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
