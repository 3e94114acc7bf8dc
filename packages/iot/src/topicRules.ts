import type { Logger } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import { type Database, type IotRuleRecord, IotRuleStore } from "@hearth/store";
import { type TopicRule, topicRule } from "./topicRule.ts";

export interface TopicRulesDeps {
  readonly database: Database;
  readonly logger: Logger;
}

/** A trigger of the tables announces each change there, with the account and the region. */
export const IOT_CHANNEL = "hearth_iot";
const MAX_ACCOUNTS = 10_000;
const NONE: readonly TopicRule[] = [];

/**
 * The rules of accounts that are enabled, compiled and kept in memory. PostgreSQL announces each change; while no announcement can arrive, because the
 * connection is lost, every look-up reads the table.
 */
export class TopicRules implements AsyncDisposable {
  readonly #deps: TopicRulesDeps;
  readonly #store: IotRuleStore;
  readonly #known = new Map<string, Promise<readonly TopicRule[]>>();
  readonly #watchers = new Set<(key: string | undefined) => void>();
  #isListening = false;
  #listener: Promise<AsyncDisposable | undefined> | undefined;
  #isClosed = false;

  constructor(deps: TopicRulesDeps) {
    this.#deps = deps;
    this.#store = new IotRuleStore(deps.database);
  }

  async of(where: AccountRegion): Promise<readonly TopicRule[]> {
    await this.#listen();
    const name = keyOf(where);
    const known = this.#known.get(name);
    if (known && this.#isListening) return await known;
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    const read = this.#read(where);
    this.#known.set(name, read);
    try {
      return await read;
    } catch (error) {
      if (this.#known.get(name) === read) this.#known.delete(name);
      throw error;
    }
  }

  async find(where: AccountRegion, ruleName: string): Promise<TopicRule | undefined> {
    return (await this.of(where)).find(({ key }) => key.ruleName === ruleName);
  }

  /** The rules of this account were changed by this process: the next look-up reads them. */
  forget(where: AccountRegion): void {
    this.#known.delete(keyOf(where));
  }

  /** Calls `changed` when rules, certificates or policies of an account may have changed; without a key when all of them may have. */
  watch(changed: (key: string | undefined) => void): Disposable {
    this.#watchers.add(changed);
    void this.#listen();
    return { [Symbol.dispose]: () => void this.#watchers.delete(changed) };
  }

  async #read({ accountId, region }: AccountRegion): Promise<readonly TopicRule[]> {
    const records = await this.#store.enabled({ accountId, region });
    return records.length === 0 ? NONE : records.flatMap((record) => this.#compiled(record));
  }

  /** Nothing for a rule that an older Hearth took and this one cannot evaluate. */
  #compiled(record: IotRuleRecord): readonly TopicRule[] {
    try {
      return [topicRule(record, record.settings)];
    } catch (error) {
      const { accountId, region, ruleName } = record;
      this.#deps.logger.error({ err: error, accountId, region, ruleName }, "a topic rule cannot be evaluated any more");
      return [];
    }
  }

  #changed(key: string | undefined): void {
    if (key === undefined) this.#known.clear();
    else this.#known.delete(key);
    for (const watcher of this.#watchers) watcher(key);
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
      return await database.listen(IOT_CHANNEL, {
        onNotify: (payload) => this.#changed(payload),
        onConnected: () => {
          this.#isListening = true;
          this.#changed(undefined);
        },
        onLost: () => {
          this.#isListening = false;
        },
      });
    } catch (error) {
      logger.warn({ err: error }, "cannot listen for changes of topic rules; they are read for each message");
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await (await this.#listener)?.[Symbol.asyncDispose]();
  }
}

/** As the trigger announces it. */
export function keyOf({ accountId, region }: AccountRegion): string {
  return `${accountId} ${region}`;
}
