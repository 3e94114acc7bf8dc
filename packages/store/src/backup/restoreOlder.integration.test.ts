import { newMasterKey, silentLogger, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { expect, test } from "vitest";
import { AuditEventStore } from "../audit/auditEvents.ts";
import { EventStore } from "../events/events.ts";
import type { Database } from "../postgres/database.ts";
import { useMasterKeys } from "../postgres/masterKeys.ts";
import { knownMigrations, migrate, pendingMigrations } from "../postgres/migrate.ts";
import { type DatabaseOutline, dumpRows, outlineOf, type Rows } from "./dumpDatabase.ts";
import { loadDatabase } from "./loadDatabase.ts";

const ACCOUNT = "000000000000";
const REGION = "eu-west-1";
/** The schema with which back-ups came. */
const FIRST = 107;
const EVENT = systemRandom.uuid();

/** As a Hearth of that schema wrote them; the audit row in a transaction with a far higher number than any of the new database. */
const ROWS = `
  INSERT INTO functions (account_id, region, "FunctionName", created_at, last_version) VALUES ('${ACCOUNT}', '${REGION}', 'old', now(), 1);
  INSERT INTO events (id, account_id, region, "FunctionName", payload) VALUES ('${EVENT}', '${ACCOUNT}', '${REGION}', 'old', '{"n":1}');
  CREATE TABLE audit_events_PARTITION PARTITION OF audit_events FOR VALUES FROM ('FROM 00:00:00+00') TO ('UNTIL 00:00:00+00');
  INSERT INTO audit_events (event_time, event_id, account_id, region, request_id, caller_kind, caller_account_id, caller_arn, caller_id, user_name,
                            service, operation, is_read_only, is_data_event, resources, input, status, written)
  VALUES (now(), '${EVENT}', '${ACCOUNT}', '${REGION}', 'r', 'root', '${ACCOUNT}', 'a', 'i', 'root', 'lambda', 'CreateFunction', false, false, '{}', '{}', 201,
          '90000000000')`;

function rows(): string {
  const [today = "", tomorrow = ""] = [0, 86_400_000].map((ms) => new Date(Date.now() + ms).toISOString().slice(0, 10));
  return ROWS.replace("PARTITION", today.replaceAll("-", "_"))
    .replace("FROM 00", `${today} 00`)
    .replace("UNTIL", tomorrow);
}

async function empty(database: Database, upTo: number): Promise<void> {
  await database.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  await migrate(database, { region: REGION, logger: silentLogger, upTo });
}

async function backUp(database: Database): Promise<{ outline: DatabaseOutline; pieces: Rows[] }> {
  return await database.transaction(
    async (tx) => {
      const outline = await outlineOf(tx);
      const pieces: Rows[] = [];
      for await (const piece of dumpRows(tx, outline.tables)) pieces.push(piece);
      return { outline, pieces };
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

async function* each(pieces: readonly Rows[]): AsyncGenerator<Rows> {
  yield* pieces;
}

const latest = Number((await knownMigrations()).at(-1)?.slice(0, 4));

test.each([FIRST, latest])(
  "a back-up of schema %i is restored and brought up to date, with the rows that it had",
  async (schema) => {
    await using old = await testDatabase();
    await empty(old.database, schema);
    await old.database.query(rows());
    const { outline, pieces } = await backUp(old.database);
    expect(outline.migrations.at(-1)?.slice(0, 4)).toBe(String(schema).padStart(4, "0"));

    await using restored = await testDatabase();
    const { database } = restored;
    await empty(database, schema);
    const audit = new AuditEventStore(database);
    const { position } = await audit.newsSince(undefined, {});
    await loadDatabase(database, outline, each(pieces));
    database.keys.set([newMasterKey()]);
    await migrate(database, { region: REGION, logger: silentLogger });
    await useMasterKeys(database, silentLogger);
    expect(await pendingMigrations(database)).toEqual([]);
    const [event] = await new EventStore(database).claim("w", [EVENT], 1, 1_000);
    expect(event?.payload.toString()).toBe('{"n":1}');
    expect(await database.query(`SELECT "FunctionName" FROM functions`)).toEqual([{ FunctionName: "old" }]);
    // Rows keep no transaction number of the old database: those who follow would see them only when the new one has come that far.
    await expect
      .poll(async () => (await audit.newsSince(position, {})).events.map(({ eventId }) => eventId))
      .toEqual([EVENT]);
  },
);
