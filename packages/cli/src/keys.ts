import { OWNER_ACCOUNT } from "@hearth/model";
import { type AdminClient, adminClient, AdminError } from "./adminClient.ts";
import { CommandLineError, noSuchAction, parseCommandLine, refuseArguments } from "./commandLine.ts";
import type { Terminal } from "./terminal.ts";
import { textTable } from "./textTable.ts";

interface Key {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly userName?: string;
  readonly status: string;
  readonly createdAt: string;
}

/** `hearth keys …` */
export async function keys([action, ...rest]: readonly string[], { env, out }: Terminal): Promise<void> {
  const options = { account: { type: "string" }, user: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = parseCommandLine(rest, options);
  const [accessKeyId, ...others] = positionals;
  refuseArguments(others);
  const client = adminClient(env);
  switch (action) {
    case "list": {
      const query = values.account === undefined ? {} : { account: values.account };
      const { keys: found } = (await client.get("/_hearth/keys", query)) as { keys: readonly Key[] };
      return out(values.json ? JSON.stringify(found, null, 2) : table(found));
    }
    case "create":
      return out(await newKey(client, { accountId: values.account ?? OWNER_ACCOUNT, userName: values.user }, values));
    case "rotate": {
      if (accessKeyId === undefined) throw new CommandLineError("an access key id is missing");
      const { keys: found } = (await client.get("/_hearth/keys", {})) as { keys: readonly Key[] };
      const old = found.find((key) => key.accessKeyId === accessKeyId);
      if (!old) throw new AdminError(`There is no key ${accessKeyId}.`);
      return out(await newKey(client, { accountId: old.accountId, userName: old.userName }, values));
    }
    case "enable":
    case "disable": {
      const status = action === "enable" ? "Active" : "Inactive";
      await client.send("PUT", keyPath(accessKeyId), { status });
      return;
    }
    case "delete":
      await client.send("DELETE", keyPath(accessKeyId));
      return;
    default:
      throw noSuchAction("keys", "list, create, rotate, disable, enable or delete", action);
  }
}

/** Creates a key and resolves with the text to print, which contains the secret. */
async function newKey(
  client: AdminClient,
  owner: { readonly accountId: string; readonly userName: string | undefined },
  { json }: { readonly json?: boolean | undefined },
): Promise<string> {
  const made = (await client.send("POST", "/_hearth/keys", owner)) as Key & { secretAccessKey: string };
  if (json) return JSON.stringify(made, null, 2);
  return `export AWS_ACCESS_KEY_ID=${made.accessKeyId} AWS_SECRET_ACCESS_KEY=${made.secretAccessKey}`;
}

function keyPath(accessKeyId: string | undefined): string {
  if (accessKeyId === undefined) throw new CommandLineError("an access key id is missing");
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
