import { adminClient } from "./adminClient.ts";
import type { Terminal } from "./run.ts";
import { textTable } from "./textTable.ts";
import { parse, WrongUse } from "./wrongUse.ts";

interface Account {
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: string;
}

/** `hearth accounts …` */
export async function accounts([action, ...rest]: readonly string[], { env, out }: Terminal): Promise<void> {
  const { values, positionals } = parse(rest, { name: { type: "string" }, json: { type: "boolean" } });
  const [accountId, ...others] = positionals;
  if (others.length > 0) throw new WrongUse(`what is ${others.join(" ")}?`);
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
      if (accountId === undefined) throw new WrongUse("which account?");
      await client.send("DELETE", `/_hearth/accounts/${encodeURIComponent(accountId)}`);
      return;
    default:
      throw new WrongUse(
        `hearth accounts: list, create or delete?${action === undefined ? "" : ` There is no ${action}.`}`,
      );
  }
}
