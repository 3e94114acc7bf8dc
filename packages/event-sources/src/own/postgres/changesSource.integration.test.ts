import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { EventSourceMappingStore } from "@hearth/store";
import { type LogicalPostgres, logicalPostgres, testDatabase } from "@hearth/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSourceContract } from "../../eventSourceContract.ts";
import type { OpenStream, ReadResult } from "../../eventSource.ts";
import { fail, PollingProcess } from "../../testing/pollingProcess.ts";
import { changesSource } from "./changesSource.ts";
import { slotOf } from "./slot.ts";

interface ChangeEvent {
  readonly Records: readonly {
    readonly operation: string;
    readonly new?: Readonly<Record<string, unknown>>;
    readonly messageId: string;
  }[];
}

const accountId = "000000000000";
const region = "us-east-1";
const clock = new SystemClock();
const patient = { timeout: 60_000, interval: 50 };
const { signal } = new AbortController();
const READ = { limit: 4_000, maxBytes: 1_000_000 };

describe("changes of PostgreSQL", () => {
  let server: LogicalPostgres;
  let client: pg.Client;
  beforeAll(async () => {
    server = await logicalPostgres();
    client = new pg.Client(server.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await server[Symbol.asyncDispose]();
  });

  const source = (url = server.url, logLimitBytes = 0) =>
    changesSource(
      { authorities: [], connections: [{ name: "db", accountId, url }], clock, logger: silentLogger, logLimitBytes },
      500,
    );
  const mappingOf = (rest: string) => ({
    ...{ accountId, region, UUID: systemRandom.uuid(), FunctionName: "f", settings: {} },
    EventSourceArn: `arn:aws:hearth:${region}:${accountId}:postgres/db/changes/${rest}`,
  });
  /** A table with a publication of its name. */
  const published = async (columns = "id bigserial PRIMARY KEY, key text, body text"): Promise<string> => {
    const name = `t_${systemRandom.hex(4)}`;
    await client.query(`CREATE TABLE ${name} (${columns})`);
    await client.query(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
    return name;
  };
  const drop = async (name: string): Promise<void> => {
    await client.query(`DROP PUBLICATION ${name}`);
    await client.query(`DROP TABLE ${name}`);
  };

  eventSourceContract(
    "changes of a table",
    async () => {
      const name = await published();
      const { EventSourceArn } = mappingOf(name);
      return {
        EventSourceArn,
        settings: { StartingPosition: "LATEST" },
        source: () => source(),
        async send(records) {
          const rows = records.map((_, at) => `($${2 * at + 1}, $${2 * at + 2})`);
          await client.query(
            `INSERT INTO ${name} (key, body) VALUES ${rows.join(", ")}`,
            records.flatMap(({ key, body }) => [key, body]),
          );
        },
        bodiesOf: (event) => (event as ChangeEvent).Records.map((record) => String(record.new?.["body"])),
        [Symbol.asyncDispose]: async () => {
          await client.query(
            "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active_pid IS NOT NULL",
          );
          await client.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
          await drop(name);
        },
      };
    },
    { isOrdered: true },
  );

  /** Reads until there are `count` records. */
  const readAll = async (stream: OpenStream, from: string, count: number) => {
    let read: ReadResult = { records: [], position: from };
    const records: unknown[] = [];
    while (records.length < count) {
      // The server may send a transaction in parts, so a read may resolve with fewer records than there are.
      read = await stream.read("changes", read.position, { ...READ, limit: count - records.length }, signal);
      records.push(...read.records.map(({ json }) => JSON.parse(json) as unknown));
    }
    return { records, position: read.position };
  };
  /** Reads the end of the transaction whose last record is at `position`, which may come after that record. */
  const readToCommit = async (stream: OpenStream, position: string): Promise<string> =>
    position.endsWith("+0") ? position : (await stream.read("changes", position, READ, signal)).position;

  test("an event has the row before and after the change, with each value as exact as JSON can have it", async () => {
    const name = await published(
      "id int PRIMARY KEY, big bigint, price numeric, raw bytea, doc json, tree jsonb, ratio float8, at timestamptz, span interval, tags text[], flag boolean, nothing text",
    );
    const mapping = mappingOf(name);
    await using stream = await source().open(mapping, signal);
    const from = await stream.begin("changes", { kind: "LATEST" }, signal);
    const doc = '{"n": 12345678901234567890.5}';
    await client.query(
      `INSERT INTO ${name} VALUES (1, 9007199254740993, 0.10, '\\x00ff', $1, '[1]', 0.1, '2026-01-02T03:04:05.123456+01', '1 day', '{a,"b c"}', true, NULL),
       (2, NULL, 'NaN', '', 'null', '"x"', 'Infinity', NULL, NULL, '{}', false, E'a"\\n')`,
      [doc],
    );
    await client.query(`UPDATE ${name} SET id = 3, price = 2 WHERE id = 2`);
    await client.query(`DELETE FROM ${name} WHERE id = 1`);
    await client.query(`TRUNCATE ${name}`);
    const { records } = await readAll(stream, from, 5);
    const head = { schema: "public", table: name, keyColumns: ["id"], unchanged: [] };
    const tail = { eventSource: "hearth:postgres", eventSourceARN: mapping.EventSourceArn, awsRegion: region };
    const common = {
      ...{ ...head, ...tail, messageId: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+\+\d+$/) },
      ...{ transactionId: expect.any(Number), commitLsn: expect.any(String), timestamp: expect.any(Number) },
    };
    const second = {
      ...{ id: 2, big: null, price: "NaN", raw: "", doc: null, tree: "x", ratio: "Infinity", at: null, span: null },
      ...{ tags: "{}", flag: false, nothing: 'a"\n' },
    };
    expect(records).toEqual([
      {
        ...common,
        operation: "insert",
        new: {
          ...{ id: 1, big: "9007199254740993", price: "0.10", raw: "AP8=", doc: JSON.parse(doc) as unknown, tree: [1] },
          ...{ ratio: 0.1, at: "2026-01-02 02:04:05.123456+00", span: "P1D", tags: '{a,"b c"}', flag: true },
          nothing: null,
        },
      },
      { ...common, operation: "insert", new: second },
      { ...common, operation: "update", old: { id: 2 }, new: { ...second, id: 3, price: "2" } },
      { ...common, operation: "delete", old: { id: 1 } },
      { ...common, operation: "truncate" },
    ]);
    await drop(name);
  });

  test("a large value that a change left as it was is named, and is there when the table has REPLICA IDENTITY FULL", async () => {
    const name = await published("id int PRIMARY KEY, doc text, n int");
    await client.query(`ALTER TABLE ${name} ALTER doc SET STORAGE EXTERNAL`);
    const doc = "x".repeat(10_000);
    await client.query(`INSERT INTO ${name} VALUES (1, $1, 1)`, [doc]);
    await using stream = await source().open(mappingOf(name), signal);
    const from = await stream.begin("changes", { kind: "LATEST" }, signal);
    await client.query(`UPDATE ${name} SET n = 2`);
    await client.query(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
    await client.query(`UPDATE ${name} SET n = 3`);
    const { records } = await readAll(stream, from, 2);
    expect(records).toEqual([
      expect.objectContaining({ new: { id: 1, n: 2 }, unchanged: ["doc"] }),
      expect.objectContaining({ old: { id: 1, doc, n: 2 }, new: { id: 1, doc, n: 3 }, unchanged: [] }),
    ]);
    await drop(name);
  });

  test("reading goes on within a transaction, and only tables that the mapping names are read", async () => {
    const name = await published();
    await client.query(`CREATE TABLE other_${name} (id int PRIMARY KEY)`);
    await client.query(`ALTER PUBLICATION ${name} ADD TABLE other_${name}`);
    const mapping = mappingOf(`${name}/public.${name}`);
    const bodies = (records: readonly unknown[]) => records.map((one) => (one as { new: { body: string } }).new.body);
    let position: string;
    {
      await using first = await source().open(mapping, signal);
      const from = await first.begin("changes", { kind: "LATEST" }, signal);
      await client.query("BEGIN");
      for (let at = 1; at <= 6; at++) {
        await client.query(`INSERT INTO other_${name} VALUES ($1)`, [at]);
        await client.query(`INSERT INTO ${name} (body) VALUES ($1)`, [String(at)]);
      }
      await client.query("COMMIT");
      await client.query(`INSERT INTO ${name} (body) VALUES ('7')`);
      const { records, position: third } = await readAll(first, from, 2);
      expect(bodies(records)).toEqual(["1", "2"]);
      await first.committed?.("changes", third);
      position = third;
    }
    await using second = await source().open(mapping, signal);
    const { records } = await readAll(second, position, 5);
    expect(bodies(records)).toEqual(["3", "4", "5", "6", "7"]);
    await client.query(`DROP TABLE other_${name}`);
    await drop(name);
  });

  test("a large transaction stays on the server until its changes are taken", async () => {
    const name = await published();
    await using stream = await source().open(mappingOf(name), signal);
    const from = await stream.begin("changes", { kind: "LATEST" }, signal);
    await client.query(`INSERT INTO ${name} (body) SELECT repeat(i::text, 2000) FROM generate_series(1, 4000) i`);
    const first = await stream.read("changes", from, { ...READ, limit: 1 }, signal);
    const waitsFor = async () => {
      const { rows } = await client.query<{ event: string }>(
        "SELECT wait_event AS event FROM pg_stat_activity WHERE backend_type = 'walsender'",
      );
      return rows.map(({ event }) => event);
    };
    await expect.poll(waitsFor, patient).toEqual(["WalSenderWriteData"]);
    const { records } = await readAll(stream, first.position, 3_999);
    expect(records).toHaveLength(3_999);
    await drop(name);
  });

  test("the server keeps its log until changes are processed; what is of no interest it need not keep", async () => {
    const name = await published();
    const mapping = mappingOf(name);
    await using stream = await source().open(mapping, signal);
    const from = await stream.begin("changes", { kind: "LATEST" }, signal);
    await client.query(`INSERT INTO ${name} (body) VALUES ('a')`);
    const position = await readToCommit(stream, (await readAll(stream, from, 1)).position);
    const keptFrom = async () => {
      const { rows } = await client.query<{ lsn: string }>(
        "SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1",
        [slotOf(mapping)],
      );
      return rows[0]?.lsn;
    };
    expect(`${await keptFrom()}+0`).toBe(from);
    await stream.committed?.("changes", position);
    await expect.poll(async () => `${await keptFrom()}+0` === from, patient).toBe(false);
    await client.query("CREATE TABLE IF NOT EXISTS uninteresting (n int)");
    await client.query("INSERT INTO uninteresting VALUES (1)");
    const { rows } = await client.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
    const waiting = new AbortController();
    const idle = stream.read("changes", position, READ, waiting.signal);
    await expect
      .poll(async () => {
        const { rows: found } = await client.query<{ ahead: boolean }>("SELECT $1::pg_lsn >= $2::pg_lsn AS ahead", [
          await keptFrom(),
          rows[0]?.lsn,
        ]);
        return found[0]?.ahead;
      }, patient)
      .toBe(true);
    waiting.abort();
    expect(await idle).toEqual({ records: [], position });
    await source().forget?.(mapping);
    expect(await keptFrom()).toBeUndefined();
    await source().forget?.(mapping);
    await drop(name);
  });

  test("a server that was killed is read on; records that are given up lie in the failure destination", async () => {
    await using own = await logicalPostgres({ fsync: "on" });
    const query = async (text: string): Promise<void> => {
      const one = new pg.Client(own.url);
      one.on("error", () => undefined);
      await one.connect();
      try {
        await one.query(text);
      } finally {
        await one.end();
      }
    };
    await query("CREATE TABLE t (id int PRIMARY KEY, body text)");
    await query("CREATE PUBLICATION p FOR TABLE t");
    await using db = await testDatabase();
    const seen: unknown[] = [];
    await using process = new PollingProcess(db.database, [source(own.url)], (event) => {
      const bodies = (event as ChangeEvent).Records.map((record) => record.new?.["body"]);
      if (bodies.includes("poison")) return fail();
      return void seen.push(...bodies);
    });
    await process.start();
    const mappings = new EventSourceMappingStore({ database: db.database, clock });
    const { UUID, settings: _none, ...mapping } = mappingOf("p");
    const Destination = `arn:aws:sqs:${region}:${accountId}:failed`;
    await mappings.create({
      ...{ ...mapping, UUID, enabled: true, Tags: {} },
      settings: {
        ...{ StartingPosition: "LATEST", BatchSize: 1, MaximumRetryAttempts: 0 },
        DestinationConfig: { OnFailure: { Destination } },
      },
    });
    const stored = async () => (await mappings.get({ accountId, region }, UUID)).State;
    await expect.poll(stored, patient).toBe("Enabled");
    await query("INSERT INTO t VALUES (1, 'before'), (2, 'poison')");
    await expect.poll(() => seen, patient).toEqual(["before"]);
    await expect.poll(() => process.sent.length, patient).toBe(1);
    expect(JSON.parse(Buffer.from(process.sent[0]?.body ?? "").toString())).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 1 },
      PostgresBatchInfo: { batchSize: 1, startPosition: expect.stringMatching(/\+2$/) },
    });
    own.kill();
    await expect
      .poll(
        () =>
          query("INSERT INTO t VALUES (3, 'after')").then(
            () => true,
            () => false,
          ),
        patient,
      )
      .toBe(true);
    await expect.poll(() => seen, patient).toEqual(["before", "after"]);
    await query("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active_pid IS NOT NULL");
    await expect
      .poll(
        () =>
          query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active").then(
            async () => (await mappings.get({ accountId, region }, UUID)).LastProcessingResult,
            () => undefined,
          ),
        patient,
      )
      .toMatch(/^PROBLEM: The replication slot hearth_\S+ does not exist any longer, and changes since/);
  });

  test("what the server keeps of its log is known, and a slot beyond the limit is dropped", async () => {
    const name = await published();
    const [small, large] = [mappingOf(name), mappingOf(`${name}/public.${name}`)];
    await using stream = await source().open(large, signal);
    await stream.begin("changes", { kind: "LATEST" }, signal);
    await client.query(`INSERT INTO ${name} (body) SELECT repeat('x', 100) FROM generate_series(1, 10000)`);
    await using late = await source().open(small, signal);
    await late.begin("changes", { kind: "LATEST" }, signal);
    const slots = async () => {
      const { rows } = await client.query<{ slot: string }>(
        "SELECT slot_name AS slot FROM pg_replication_slots WHERE slot_name = ANY($1)",
        [[slotOf(small), slotOf(large)]],
      );
      return rows.map(({ slot }) => slot);
    };
    const look = async (limitBytes: number) => await source(server.url, limitBytes).upkeep?.look([small, large]);
    expect(await look(0)).toEqual([
      { connection: "db", bytes: expect.toSatisfy((bytes: number) => bytes > 1_000_000) },
    ]);
    expect((await slots()).toSorted()).toEqual([slotOf(small), slotOf(large)].toSorted());
    await look(1_000_000);
    expect(await slots()).toEqual([slotOf(small)]);
    await source().forget?.(small);
    await drop(name);
  });

  test("a publication that does not exist, and a server that keeps no changes, are refused", async () => {
    const check = (url: string) => source(url).check(mappingOf("no_such"), { timeoutSeconds: 3 });
    await expect(check(server.url)).rejects.toThrow("The publication no_such does not exist.");
    await using plain = await logicalPostgres({ wal_level: "replica" });
    await expect(check(plain.url)).rejects.toThrow("The PostgreSQL server must run with wal_level = logical.");
    await expect(check("postgres://nobody@127.0.0.1:1/none")).resolves.toBeUndefined();
  });
});
