import type { Client } from "pg";

/** The replication slot of a mapping. */
export function slotOf({ UUID }: { readonly UUID: string }): string {
  return `hearth_${UUID.replaceAll("-", "_")}`;
}

const WITH_FAILOVER = 170_000;

/**
 * Creates the slot, and resolves with the place in the server's log from which it has all changes. Resolves with the place of the one that exists when a
 * process has created it and died.
 */
export async function createSlot(client: Client, name: string): Promise<string> {
  const [version] = await rows<{ version: number }>(
    client,
    "SELECT current_setting('server_version_num')::integer AS version",
  );
  // From 17 on a standby that is set up for it has the slot too.
  const failover = (version?.version ?? 0) >= WITH_FAILOVER ? ", false, false, true" : "";
  const [existing] = await rows<{ lsn: string }>(
    client,
    "SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1 AND confirmed_flush_lsn IS NOT NULL",
    [name],
  );
  if (existing) return existing.lsn;
  const [created] = await rows<{ lsn: string }>(
    client,
    `SELECT lsn::text AS lsn FROM pg_create_logical_replication_slot($1, 'pgoutput'${failover})`,
    [name],
  );
  if (!created) throw new Error("the server has created no slot");
  return created.lsn;
}

/** Ends the connection that reads the slot: of a process that does not own the mapping any longer. */
export async function takeSlot(client: Client, name: string): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL",
    [name],
  );
}

/** Does nothing when there is none. */
export async function dropSlot(client: Client, name: string): Promise<void> {
  await takeSlot(client, name);
  await client.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", [
    name,
  ]);
}

/** Why the server cannot send the changes of a publication; `undefined` when it can. */
export async function obstacle(client: Client, publication: string): Promise<string | undefined> {
  const [found] = await rows<{ level: string; known: boolean }>(
    client,
    `SELECT current_setting('wal_level') AS level, EXISTS (SELECT FROM pg_publication WHERE pubname = $1) AS known`,
    [publication],
  );
  if (found?.level !== "logical") return "The PostgreSQL server must run with wal_level = logical.";
  return found.known ? undefined : `The publication ${publication} does not exist.`;
}

async function rows<Row extends object>(
  client: Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await client.query<Row>(text, [...values])).rows;
}
