import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { textTable } from "./textTable.ts";

interface Account {
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: string;
}

const list = command({
  name: "accounts list",
  positionals: [],
  options: { json: JSON_OPTION },
  summary: "lists the accounts",
  examples: ["hearth accounts list"],
  async run({ values }, { env, out }) {
    const { accounts: found } = (await adminClient(env).get("/_hearth/accounts", {})) as {
      accounts: readonly Account[];
    };
    const rows = found.map((account) => [account.accountId, account.createdAt.slice(0, 10), account.name]);
    out(values.json ? JSON.stringify(found, null, 2) : textTable(["ACCOUNT", "CREATED", "NAME"], rows));
  },
});

const create = command({
  name: "accounts create",
  positionals: ["[ID]"],
  options: { name: { type: "string", value: "NAME", text: "what the account is for" }, json: JSON_OPTION },
  summary: "creates an account and prints its id; without ID the id is random",
  examples: ["hearth accounts create --name team-a", "hearth accounts create 111111111111"],
  async run({ values, positionals: [accountId] }, { env, out }) {
    const body = { accountId, name: values.name };
    const made = (await adminClient(env).send("POST", "/_hearth/accounts", body)) as Account;
    out(values.json ? JSON.stringify(made, null, 2) : made.accountId);
  },
});

const remove = command({
  name: "accounts delete",
  positionals: ["ID"],
  options: {},
  summary: "deletes an account that has no functions, users, roles or keys",
  examples: ["hearth accounts delete 111111111111"],
  async run({ positionals: [accountId = ""] }, { env }) {
    await adminClient(env).send("DELETE", `/_hearth/accounts/${encodeURIComponent(accountId)}`);
  },
});

export const ACCOUNTS = [list, create, remove] as const;
