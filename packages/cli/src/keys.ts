import { OWNER_ACCOUNT } from "@hearth/model";
import { type AdminClient, adminClient } from "./adminClient.ts";
import { type Command, command, JSON_OPTION } from "./command.ts";
import { RequestError } from "./signedRequest.ts";
import { textTable } from "./textTable.ts";

interface Key {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly userName?: string;
  readonly status: string;
  readonly createdAt: string;
}

const list = command({
  name: "keys list",
  positionals: [],
  options: { account: { type: "string", value: "ID", text: "only keys of this account" }, json: JSON_OPTION },
  summary: "lists access keys, without their secrets",
  examples: ["hearth keys list --account 111111111111"],
  async run({ values }, { env, out }) {
    const query = values.account === undefined ? {} : { account: values.account };
    const { keys: found } = (await adminClient(env).get("/_hearth/keys", query)) as { keys: readonly Key[] };
    out(values.json ? JSON.stringify(found, null, 2) : table(found));
  },
});

const create = command({
  name: "keys create",
  positionals: [],
  options: {
    account: { type: "string", value: "ID", text: "the account; the owner's by default" },
    user: { type: "string", value: "NAME", text: "makes a key of this IAM user instead of a root key" },
    json: JSON_OPTION,
  },
  summary: "creates an access key and prints it with its secret, which is shown only once",
  examples: ["hearth keys create --account 111111111111", 'eval "$(hearth keys create --account 111111111111)"'],
  async run({ values }, { env, out }) {
    const owner = { accountId: values.account ?? OWNER_ACCOUNT, userName: values.user };
    out(await newKey(adminClient(env), owner, values.json));
  },
});

const rotate = command({
  name: "keys rotate",
  positionals: ["KEY"],
  options: { json: JSON_OPTION },
  summary: "creates another key for the account or user of KEY, which stays valid until it is deleted",
  details: "An account's root and each user can have two keys, so that a key can be replaced without a gap.",
  examples: ["hearth keys rotate AKIAIOSFODNN7EXAMPLE"],
  async run({ values, positionals: [accessKeyId = ""] }, { env, out }) {
    const client = adminClient(env);
    const { keys: found } = (await client.get("/_hearth/keys", {})) as { keys: readonly Key[] };
    const old = found.find((key) => key.accessKeyId === accessKeyId);
    if (!old) throw new RequestError(`There is no key ${accessKeyId}.`);
    out(await newKey(client, { accountId: old.accountId, userName: old.userName }, values.json));
  },
});

const disable = changing(
  "disable",
  "refuses requests that are signed with KEY, at once, until it is enabled again",
  "Inactive",
);
const enable = changing("enable", "takes a disabled KEY again", "Active");

const remove = command({
  name: "keys delete",
  positionals: ["KEY"],
  options: {},
  summary: "deletes KEY; requests that are signed with it are refused at once",
  examples: ["hearth keys delete AKIAIOSFODNN7EXAMPLE"],
  async run({ positionals: [accessKeyId = ""] }, { env }) {
    await adminClient(env).send("DELETE", keyPath(accessKeyId));
  },
});

export const KEYS = [list, create, rotate, disable, enable, remove] as const;

function changing(action: string, summary: string, status: string): Command {
  return command({
    name: `keys ${action}`,
    positionals: ["KEY"],
    options: {},
    summary,
    examples: [`hearth keys ${action} AKIAIOSFODNN7EXAMPLE`],
    async run({ positionals: [accessKeyId = ""] }, { env }) {
      await adminClient(env).send("PUT", keyPath(accessKeyId), { status });
    },
  });
}

/** Creates a key and resolves with the text to print, which contains the secret. */
async function newKey(
  client: AdminClient,
  owner: { readonly accountId: string; readonly userName: string | undefined },
  json = false,
): Promise<string> {
  const made = (await client.send("POST", "/_hearth/keys", owner)) as Key & { secretAccessKey: string };
  if (json) return JSON.stringify(made, null, 2);
  return `export AWS_ACCESS_KEY_ID=${made.accessKeyId} AWS_SECRET_ACCESS_KEY=${made.secretAccessKey}`;
}

function keyPath(accessKeyId: string): string {
  return `/_hearth/keys/${encodeURIComponent(accessKeyId)}`;
}

function table(found: readonly Key[]): string {
  const rows = found.map(({ accessKeyId, accountId, userName, status, createdAt }) => [
    accessKeyId,
    accountId,
    userName ?? "(root)",
    status,
    createdAt.slice(0, 10),
  ]);
  return textTable(["KEY", "ACCOUNT", "USER", "STATUS", "CREATED"], rows);
}
