import { textTable } from "./textTable.ts";

/** What one account used of one service on one day, as Hearth sums it. */
export interface ServiceUsageRow {
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

/** A table; units differ, so there is no line of totals. */
export function serviceUsageTable(rows: readonly ServiceUsageRow[]): string {
  if (rows.length === 0) return "Nothing was used in this time.";
  return textTable(
    ["DAY", "REGION", "SERVICE", "RESOURCE", "UNIT", "QUANTITY"],
    rows.map(({ day, region, service, resource, unit, quantity }) => [
      day,
      region,
      service,
      resource,
      unit,
      quantity.toLocaleString("en-US"),
    ]),
  );
}
