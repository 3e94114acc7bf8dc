import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";
import { type ServiceUsageRow, serviceUsageTable } from "./serviceUsageTable.ts";
import { type UsageRow, usageTable } from "./usageTable.ts";

export const usage = command({
  name: "usage",
  positionals: [],
  options: {
    from: {
      type: "string",
      value: "DAY",
      text: "the first day (UTC), such as 2026-01-31; 30 days before --to by default",
    },
    to: { type: "string", value: "DAY", text: "the last day, included; today by default" },
    function: { type: "string", value: "NAME", text: "only this function" },
    services: { type: "boolean", text: "what was used of the other services instead, such as bytes of logs" },
    service: { type: "string", value: "NAME", text: "only this service, such as logs; with --services" },
    "all-accounts": { type: "boolean", text: "usage of every account, and not only of the key's; for the owner" },
    json: JSON_OPTION,
  },
  summary: "prints usage by day and function",
  examples: [
    "hearth usage --from 2026-01-01 --to 2026-01-31",
    "hearth usage --all-accounts --json",
    "hearth usage --services",
  ],
  async run({ values }, { env, out }) {
    const { json, services = false, "all-accounts": allAccounts = false, ...filters } = values;
    if (services && filters.function !== undefined) throw new CommandLineError("--function is not for --services");
    if (!services && filters.service !== undefined) throw new CommandLineError("--service needs --services");
    const given = { ...filters, accounts: allAccounts ? "all" : undefined };
    const query = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const path = services ? "/_hearth/usage/services" : "/_hearth/usage";
    const body = (await adminClient(env).get(path, Object.fromEntries(query))) as {
      readonly usage: readonly unknown[];
    };
    if (json) return out(JSON.stringify(body.usage, null, 2));
    out(
      services
        ? serviceUsageTable(body.usage as readonly ServiceUsageRow[], allAccounts)
        : usageTable(body.usage as readonly UsageRow[], allAccounts),
    );
  },
});
