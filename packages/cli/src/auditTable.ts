import { textTable, withoutControls } from "./textTable.ts";

/** An event as the admin API shows it, as far as the table needs it. */
export interface AuditEventRow {
  readonly time: string;
  readonly accountId: string;
  readonly region: string;
  readonly caller: { readonly userName: string; readonly accountId: string };
  readonly sourceIp: string | null;
  readonly service: string;
  readonly operation: string;
  readonly errorCode: string | null;
  readonly resources: readonly string[];
}

const HEADINGS = ["TIME", "ACCOUNT", "REGION", "USER", "FROM", "OPERATION", "RESULT", "RESOURCE"];

/** What the trail says, one line for each event. */
export function auditTable(events: readonly AuditEventRow[], withHeadings = true): string {
  if (events.length === 0) return "No events.";
  const rows = events.map(({ time, accountId, region, caller, sourceIp, service, operation, errorCode, resources }) => [
    time,
    accountId,
    region,
    caller.accountId === accountId ? caller.userName : `${caller.accountId}/${caller.userName}`,
    sourceIp ?? "-",
    `${service}:${operation}`,
    errorCode ?? "ok",
    resources[0] ?? "-",
  ]);
  const printable = rows.map((row) => row.map(withoutControls));
  if (withHeadings) return textTable(HEADINGS, printable);
  return printable.map((row) => row.join("  ")).join("\n");
}
