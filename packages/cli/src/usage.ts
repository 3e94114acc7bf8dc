import { adminClient } from "./adminClient.ts";
import { CommandLineError, parseCommandLine, refuseArguments } from "./commandLine.ts";
import { type ServiceUsageRow, serviceUsageTable } from "./serviceUsageTable.ts";
import type { Terminal } from "./terminal.ts";
import { type UsageRow, usageTable } from "./usageTable.ts";

/** `hearth usage …` */
export async function usage(args: readonly string[], { env, out }: Terminal): Promise<void> {
  const { values, positionals } = parseCommandLine(args, {
    from: { type: "string" },
    to: { type: "string" },
    function: { type: "string" },
    services: { type: "boolean" },
    service: { type: "string" },
    json: { type: "boolean" },
  });
  refuseArguments(positionals);
  const { json, services = false, ...filters } = values;
  if (services && filters.function !== undefined) throw new CommandLineError("--function is not for --services");
  if (!services && filters.service !== undefined) throw new CommandLineError("--service needs --services");
  const query = Object.entries(filters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const path = services ? "/_hearth/usage/services" : "/_hearth/usage";
  const body = (await adminClient(env).get(path, Object.fromEntries(query))) as { readonly usage: readonly unknown[] };
  if (json) return out(JSON.stringify(body.usage, null, 2));
  out(
    services
      ? serviceUsageTable(body.usage as readonly ServiceUsageRow[])
      : usageTable(body.usage as readonly UsageRow[]),
  );
}
