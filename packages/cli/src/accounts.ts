import { adminClient } from "./adminClient.ts";
import { CommandLineError, noSuchAction, parseCommandLine, refuseArguments } from "./commandLine.ts";
import type { Terminal } from "./terminal.ts";
import { textTable } from "./textTable.ts";

interface Account {
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: string;
}

/** `hearth accounts …` */
export async function accounts([action, ...rest]: readonly string[], { env, out }: Terminal): Promise<void> {
  const { values, positionals } = parseCommandLine(rest, { name: { type: "string" }, json: { type: "boolean" } });
  const [accountId, ...others] = positionals;
  refuseArguments(others);
  const client = adminClient(env);
  switch (action) {
    case "list": {
      const { accounts: found } = (await client.get("/_hearth/accounts", {})) as { accounts: readonly Account[] };
      const rows = found.map((account) => [account.accountId, account.createdAt.slice(0, 10), account.name]);
      return out(values.json ? JSON.stringify(found, null, 2) : textTable(["ACCOUNT", "CREATED", "NAME"], rows));
    }
    case "create": {
      const made = (await client.send("POST", "/_hearth/accounts", { accountId, name: values.name })) as Account;
      return out(values.json ? JSON.stringify(made, null, 2) : made.accountId);
    }
    case "delete":
      if (accountId === undefined) throw new CommandLineError("an account id is missing");
      await client.send("DELETE", `/_hearth/accounts/${encodeURIComponent(accountId)}`);
      return;
    default:
      throw noSuchAction("accounts", "list, create or delete", action);
  }
}
