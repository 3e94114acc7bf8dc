import { textTable } from "./textTable.ts";

/** What one account used of one service on one day, as Hearth sums it. */
export interface ServiceUsageRow {
  /** 12 digits. */
  readonly accountId: string;
  /** UTC, `2026-01-31`. */
  readonly day: string;
  readonly region: string;
  /** Signing name, such as `logs`. */
  readonly service: string;
  /** Such as `IngestedBytes`. */
  readonly unit: string;
  readonly resource: string;
  readonly quantity: number;
}

const HEADINGS = ["DAY", "ACCOUNT", "REGION", "SERVICE", "RESOURCE", "UNIT", "QUANTITY"];
const ACCOUNT_COLUMN = 1;

/** A table; units differ, so there is no line of totals. */
export function serviceUsageTable(rows: readonly ServiceUsageRow[], showsAccounts = false): string {
  if (rows.length === 0) return "Nothing was used in this time.";
  const shown = (cells: readonly string[]): string[] => cells.filter((_, i) => showsAccounts || i !== ACCOUNT_COLUMN);
  return textTable(
    shown(HEADINGS),
    rows.map(({ day, accountId, region, service, resource, unit, quantity }) =>
      shown([day, accountId, region, service, resource, unit, quantity.toLocaleString("en-US")]),
    ),
  );
}
