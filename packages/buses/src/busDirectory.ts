import type { Logger } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import { type Database, EventArchiveStore, type EventBusKey, EventBusStore, RuleTargetStore } from "@hearth/store";
import { DEFAULT_BUS, parseBusArn } from "./busArn.ts";
import { BusRules } from "./busRules.ts";

const CHANNEL = "hearth_eventbridge";
const MAX_BUSES = 10_000;

export interface BusDirectoryDeps {
  readonly database: Database;
  readonly logger: Logger;
}

/** A bus as it was read. What is outdated only serves its patterns to the next read. */
interface KnownBus {
  readonly rules: Promise<BusRules | undefined>;
  isOutdated: boolean;
}

/**
 * Buses and their rules, kept in memory. PostgreSQL announces each change; while no announcement can arrive, because the connection is lost, every look-up
 * reads the tables.
 */
export class BusDirectory implements AsyncDisposable {
  readonly #deps: BusDirectoryDeps;
  readonly #buses: EventBusStore;
  readonly #targets: RuleTargetStore;
  readonly #archives: EventArchiveStore;
  readonly #known = new Map<string, KnownBus>();
  #isListening = false;
  #listener: Promise<AsyncDisposable | undefined> | undefined;
  #isClosed = false;

  constructor(deps: BusDirectoryDeps) {
    this.#deps = deps;
    this.#buses = new EventBusStore(deps.database);
    this.#targets = new RuleTargetStore(deps.database);
    this.#archives = new EventArchiveStore(deps.database);
  }

  /** The bus with its rules; `undefined` when there is no such bus. */
  async find(key: EventBusKey): Promise<BusRules | undefined> {
    await this.#listen();
    const name = nameOf(key);
    const known = this.#known.get(name);
    if (known && !known.isOutdated && this.#isListening) return await known.rules;
    if (this.#known.size >= MAX_BUSES) this.#known.clear();
    const read: KnownBus = { rules: this.#read(key, known?.rules), isOutdated: false };
    this.#known.set(name, read);
    try {
      const found = await read.rules;
      // A bus that does not exist is not remembered: names are the callers' choice.
      if (!found && this.#known.get(name) === read) this.#known.delete(name);
      return found;
    } catch (error) {
      if (this.#known.get(name) === read) this.#known.delete(name);
      throw error;
    }
  }

  async findByArn(arn: string): Promise<BusRules | undefined> {
    const key = parseBusArn(arn);
    return key && (await this.find(key));
  }

  /** The bus was changed by this process: the next `find` reads it. Patterns that have not changed are not parsed again. */
  forget(key: EventBusKey): void {
    this.#outdate(nameOf(key));
  }

  #outdate(name: string): void {
    const known = this.#known.get(name);
    if (known) known.isOutdated = true;
  }

  async #read(
    { accountId, region, bus }: EventBusKey,
    earlier?: Promise<BusRules | undefined>,
  ): Promise<BusRules | undefined> {
    const key = { accountId, region, bus };
    const record = await this.#buses.find(key);
    if (!record)
      return bus === DEFAULT_BUS ? new BusRules(key, undefined, { rules: [], archives: [] }, new Map()) : undefined;
    const [rules, archives] = await Promise.all([this.#targets.enabledRules(key), this.#archives.ofBus(key)]);
    const before = await earlier?.catch(() => undefined);
    return new BusRules(key, record, { rules, archives }, before?.patterns ?? new Map());
  }

  /** Resolves when announcements arrive, or cannot arrive now. */
  async #listen(): Promise<void> {
    if (this.#isClosed) return;
    this.#listener ??= this.#open();
    if (!(await this.#listener)) this.#listener = undefined;
  }

  async #open(): Promise<AsyncDisposable | undefined> {
    const { database, logger } = this.#deps;
    try {
      return await database.listen(CHANNEL, {
        onNotify: (payload) => this.#outdate(payload),
        onConnected: () => {
          for (const name of this.#known.keys()) this.#outdate(name);
          this.#isListening = true;
        },
        onLost: () => {
          this.#isListening = false;
        },
      });
    } catch (error) {
      logger.warn({ err: error }, "cannot listen for changes of rules; they are read for each event");
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await (await this.#listener)?.[Symbol.asyncDispose]();
  }
}

function nameOf({ accountId, region, bus }: AccountRegion & { readonly bus: string }): string {
  return `${accountId} ${region} ${bus}`;
}
