import { systemRandom, SystemClock } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";
import { EventSourceMappingStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventSource } from "./eventSource.ts";
import { fail, PollingProcess, type TestFunction } from "./testing/pollingProcess.ts";

export interface NewRecord {
  /** Records of one key are handled in order, if the source has an order. */
  readonly key: string;
  readonly body: string;
}

/** One source of records, empty, with short leases: a record that failed comes back within 3 seconds. */
export interface ContractHarness extends AsyncDisposable {
  readonly EventSourceArn?: string;
  /** What a mapping needs beside the settings that all sources have, such as `StartingPosition: "TRIM_HORIZON"`. */
  readonly settings: EventSourceSettings;
  /** A source as another process has it: with connections of its own. */
  source(): EventSource;
  /** Ends the connections of all sources so far, as the system does when their process is killed; for sources whose server waits for that. */
  cut?(): Promise<void>;
  send(records: readonly NewRecord[]): Promise<void>;
  /** The bodies in an event that the function got. */
  bodiesOf(event: unknown): readonly string[];
}

export interface ContractOptions {
  /** Whether records of one key come in the order in which they were sent. */
  readonly isOrdered: boolean;
}

const ACCOUNT = "000000000000";
const region = "us-east-1";
const patient = { timeout: 60_000, interval: 50 };

/** What every event source keeps to, run through the whole pipeline on a real PostgreSQL. For `<name>Source.integration.test.ts`. */
export function eventSourceContract(
  name: string,
  open: (db: TestDatabase) => Promise<ContractHarness>,
  { isOrdered }: ContractOptions,
): void {
  describe(`${name} as an event source`, () => {
    let stack: AsyncDisposableStack;
    let db: TestDatabase;
    let harness: ContractHarness;
    let mappings: EventSourceMappingStore;
    let seen: string[];
    beforeEach(async () => {
      stack = new AsyncDisposableStack();
      db = stack.use(await testDatabase());
      harness = stack.use(await open(db));
      mappings = new EventSourceMappingStore({ database: db.database, clock: new SystemClock() });
      seen = [];
    });
    afterEach(() => stack.disposeAsync());

    const where = { accountId: ACCOUNT, region };
    const map = async (settings: EventSourceSettings = {}): Promise<string> => {
      const UUID = systemRandom.uuid();
      const { EventSourceArn } = harness;
      const all = { BatchSize: 10, ...harness.settings, ...settings };
      await mappings.create({
        ...where,
        UUID,
        FunctionName: "f",
        EventSourceArn,
        enabled: true,
        settings: all,
        Tags: {},
      });
      return UUID;
    };
    const state = async (UUID: string): Promise<string> => (await mappings.get(where, UUID)).State;
    const enabled = async (UUID: string): Promise<void> => {
      await expect.poll(() => state(UUID), patient).toBe("Enabled");
    };
    const take: TestFunction = (event) => void seen.push(...harness.bodiesOf(event));
    const process = async (fn: TestFunction = take): Promise<PollingProcess> =>
      await stack.use(new PollingProcess(db.database, [harness.source()], fn)).start();
    const records = (count: number, prefix = "r"): NewRecord[] =>
      Array.from({ length: count }, (_, at) => ({ key: `k${at % 3}`, body: `${prefix}${at}` }));
    const sorted = (sent: readonly NewRecord[]): string[] => sent.map(({ body }) => body).toSorted();

    test("each record reaches the function once, and in the order of its key where there is one", async () => {
      await process();
      const UUID = await map();
      await enabled(UUID);
      const sent = records(50);
      for (let at = 0; at < sent.length; at += 10) await harness.send(sent.slice(at, at + 10));
      await expect.poll(() => seen.toSorted(), patient).toEqual(sorted(sent));
      if (!isOrdered) return;
      for (const key of ["k0", "k1", "k2"]) {
        const own = sent.filter((record) => record.key === key).map(({ body }) => body);
        expect(seen.filter((body) => own.includes(body))).toEqual(own);
      }
    });

    test("a batch that failed comes again", async () => {
      let failures = 0;
      await process((event) => {
        if (failures++ === 0) return fail();
        return take(event, undefined as never);
      });
      await enabled(await map());
      const sent = records(3);
      await harness.send(sent);
      await expect.poll(() => [...new Set(seen)].toSorted(), patient).toEqual(sorted(sent));
    });

    test("with ReportBatchItemFailures the records that failed come again", async () => {
      let isFirst = true;
      await process((event) => {
        const { Records } = event as { readonly Records?: readonly unknown[] };
        take(event, undefined as never);
        if (!isFirst || !Records) return { batchItemFailures: [] };
        isFirst = false;
        return { batchItemFailures: [{ itemIdentifier: idOf(Records.at(-1)) }] };
      });
      await enabled(await map({ FunctionResponseTypes: ["ReportBatchItemFailures"], BatchSize: 1 }));
      const sent = records(2);
      await harness.send(sent);
      await expect.poll(() => [...new Set(seen)].toSorted(), patient).toEqual(sorted(sent));
    });

    test("when a process is killed while its function runs, another one goes on and no record is lost", async () => {
      const killed = Promise.withResolvers<void>();
      let calls = 0;
      const first = await process(() => {
        if (++calls < 3) return;
        first.kill();
        killed.resolve();
      });
      await enabled(await map({ BatchSize: 2 }));
      const sent = records(20);
      await harness.send(sent.slice(0, 10));
      await harness.send(sent.slice(10));
      await killed.promise;
      await harness.cut?.();
      await process();
      const late = records(5, "late");
      await harness.send(late);
      const all = (): string[] =>
        [...new Set([...seen, ...first.answered.flatMap((event) => harness.bodiesOf(event))])].toSorted();
      await expect.poll(all, patient).toEqual(sorted([...sent, ...late]));
    });

    test("two processes share the work: each record reaches one of them", async () => {
      await process();
      await process();
      await enabled(await map());
      const sent = records(60);
      for (let at = 0; at < sent.length; at += 10) await harness.send(sent.slice(at, at + 10));
      await expect.poll(() => [...new Set(seen)].toSorted(), patient).toEqual(sorted(sent));
    });

    test("a process that stops settles what it has taken, and another one does not get it again", async () => {
      const first = await process();
      await enabled(await map());
      const sent = records(10);
      await harness.send(sent);
      await expect.poll(() => seen.toSorted(), patient).toEqual(sorted(sent));
      await first.drain(new AbortController().signal);
      await process();
      await harness.send(records(1, "next"));
      await expect.poll(() => seen, patient).toContain("next0");
      expect(seen.toSorted()).toEqual([...sorted(sent), "next0"].toSorted());
    });

    test("a disabled mapping gets nothing, goes on when it is enabled, and is gone when it is deleted", async () => {
      await process();
      const UUID = await map();
      await enabled(UUID);
      const change = async (isEnabled: boolean): Promise<void> => {
        const State = isEnabled ? "Enabling" : "Disabling";
        await mappings.update(where, UUID, (current) => ({ ...current, enabled: isEnabled, State }));
      };
      await change(false);
      await expect.poll(() => state(UUID), patient).toBe("Disabled");
      await harness.send(records(2, "while-off"));
      await change(true);
      await enabled(UUID);
      await expect.poll(() => seen.toSorted(), patient).toEqual(["while-off0", "while-off1"]);
      await mappings.delete(where, UUID);
      await expect.poll(async () => await mappings.findAll([UUID]), patient).toEqual([]);
    });
  });
}

/** The id of a record, whatever its source calls it. */
function idOf(record: unknown): string {
  const { messageId, eventID, kinesis, dynamodb } = record as Readonly<
    Record<string, { SequenceNumber?: string; sequenceNumber?: string } & string>
  >;
  return messageId ?? kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber ?? eventID ?? "";
}
