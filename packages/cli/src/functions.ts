import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import type { Environments } from "./wholeStatus.ts";
import { textTable } from "./textTable.ts";

/** A function as the admin API shows it. */
export interface FunctionRow {
  readonly FunctionName: string;
  readonly PackageType: string;
  readonly Runtime?: string;
  readonly State: string;
  readonly LastUpdateStatus?: string;
  readonly LastModified: string;
  /** Of the last 24 hours. */
  readonly recentInvocations: number;
  readonly recentErrors: number;
}

interface ListedFunction extends FunctionRow {
  readonly warmEnvironments: number;
  readonly busyEnvironments: number;
}

const list = command({
  name: "functions list",
  positionals: [],
  options: { json: JSON_OPTION },
  summary: "lists the functions of the account and region with their state, warm environments and recent errors",
  details:
    "WARM counts environments that wait for an invocation or run one, BUSY those that run one; CALLS and ERRORS are of the last 24 hours.",
  examples: ["hearth functions list", "AWS_REGION=eu-west-1 hearth functions list --json"],
  async run({ values }, { env, out }) {
    const client = adminClient(env);
    const [{ region, functions }, { functions: warm }] = (await Promise.all([
      client.get("/_hearth/functions", {}),
      client.get("/_hearth/environments", {}),
    ])) as [{ readonly region: string; readonly functions: readonly FunctionRow[] }, Environments];
    const rows = functions.map((row): ListedFunction => {
      const found = warm.filter((it) => it.region === region && it.FunctionName === row.FunctionName);
      const sum = (of: (it: (typeof found)[number]) => number): number => found.reduce((all, it) => all + of(it), 0);
      return { ...row, warmEnvironments: sum((it) => it.warm + it.busy), busyEnvironments: sum((it) => it.busy) };
    });
    out(values.json ? JSON.stringify(rows, null, 2) : functionTable(rows, region));
  },
});

export const FUNCTIONS = [list] as const;

export function functionTable(rows: readonly ListedFunction[], region: string): string {
  if (rows.length === 0) return `There are no functions in ${region}.`;
  return textTable(
    ["FUNCTION", "RUNTIME", "STATE", "MODIFIED", "WARM", "BUSY", "CALLS", "ERRORS"],
    rows.map((row) => [
      row.FunctionName,
      row.Runtime ?? row.PackageType.toLowerCase(),
      stateOf(row),
      row.LastModified.slice(0, 16).replace("T", " "),
      String(row.warmEnvironments),
      String(row.busyEnvironments),
      row.recentInvocations.toLocaleString("en-US"),
      row.recentErrors.toLocaleString("en-US"),
    ]),
  );
}

function stateOf({ State, LastUpdateStatus = "Successful" }: FunctionRow): string {
  if (State !== "Active" || LastUpdateStatus === "Successful") return State;
  return LastUpdateStatus === "InProgress" ? "Updating" : `Update${LastUpdateStatus}`;
}
