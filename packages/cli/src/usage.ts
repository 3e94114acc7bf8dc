import { adminClient } from "./adminClient.ts";
import { parseCommandLine, refuseArguments } from "./commandLine.ts";
import type { Terminal } from "./terminal.ts";
import { type UsageRow, usageTable } from "./usageTable.ts";

/** `hearth usage …` */
export async function usage(args: readonly string[], { env, out }: Terminal): Promise<void> {
  const { values, positionals } = parseCommandLine(args, {
    from: { type: "string" },
    to: { type: "string" },
    function: { type: "string" },
    json: { type: "boolean" },
  });
  refuseArguments(positionals);
  const { json, ...filters } = values;
  const query = Object.entries(filters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const body = (await adminClient(env).get("/_hearth/usage", Object.fromEntries(query))) as {
    readonly usage: readonly UsageRow[];
  };
  out(json ? JSON.stringify(body.usage, null, 2) : usageTable(body.usage));
}
