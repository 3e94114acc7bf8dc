import type { Clock, Logger } from "@hearth/kit";
import type { Database } from "@hearth/store";

const CHANNEL = "hearth_sqs";
const COALESCED_MS = 5;
/** NOTIFY takes less than 8,000 bytes. */
const MAX_ENTRIES = 150;

/** `count` messages of a queue become visible in `inMs`. */
export interface Announcement {
  readonly queueId: string;
  readonly count: number;
  readonly inMs: number;
}

export interface AnnouncementsDeps {
  readonly database: Pick<Database, "query" | "listen">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Unique to this process. */
  readonly processId: string;
  readonly onAnnounced: (announcement: Announcement) => void;
  /** Announcements may have been missed. */
  readonly onGap: () => void;
}

/**
 * Tells other processes about messages, in one NOTIFY per 5 ms outside of any transaction: a NOTIFY inside would make all commits wait for each other. One
 * that is lost delays a waiting consumer until its next request, and loses no message.
 */
export class Announcements implements AsyncDisposable {
  readonly #deps: AnnouncementsDeps;
  #pending = new Map<string, Announcement>();
  #timer: Disposable | undefined;
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #isClosed = false;

  constructor(deps: AnnouncementsDeps) {
    this.#deps = deps;
  }

  announce({ queueId, count, inMs }: Announcement): void {
    if (this.#isClosed) return;
    const key = `${queueId}:${inMs > 0}`;
    const earlier = this.#pending.get(key);
    this.#pending.set(key, {
      queueId,
      count: count + (earlier?.count ?? 0),
      inMs: Math.min(inMs, earlier?.inMs ?? inMs),
    });
    this.#timer ??= this.#deps.clock.after(COALESCED_MS, () => {
      this.#timer = undefined;
      void this.#send();
    });
  }

  /** Resolves when announcements of other processes arrive, or cannot arrive now. */
  async listen(): Promise<void> {
    this.#listening ??= this.#open();
    if (!(await this.#listening)) this.#listening = undefined;
  }

  async #open(): Promise<AsyncDisposable | undefined> {
    const { database, logger, onGap } = this.#deps;
    try {
      return await database.listen(CHANNEL, {
        onNotify: (payload) => this.#hear(payload),
        onConnected: onGap,
      });
    } catch (error) {
      logger.warn({ err: error }, "cannot listen for messages that other processes accept for queues");
      return undefined;
    }
  }

  async #send(): Promise<void> {
    const { database, logger, processId } = this.#deps;
    const entries = [...this.#pending.values()];
    this.#pending = new Map();
    try {
      for (let at = 0; at < entries.length; at += MAX_ENTRIES) {
        const part = entries.slice(at, at + MAX_ENTRIES);
        const text = part.map(({ queueId, count, inMs }) => `${queueId}:${count}:${Math.ceil(inMs)}`).join(",");
        // Nothing is lost with a wake-up, so it does not wait for the disk.
        await database.query("SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", [
          CHANNEL,
          `${processId} ${text}`,
        ]);
      }
    } catch (error) {
      logger.debug({ err: error }, "could not tell other processes about messages");
    }
  }

  #hear(payload: string): void {
    const [processId, text = ""] = payload.split(" ");
    if (processId === this.#deps.processId) return;
    for (const entry of text.split(",")) {
      const [queueId = "", count, inMs] = entry.split(":");
      this.#deps.onAnnounced({ queueId, count: Number(count), inMs: Number(inMs) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    await (await this.#listening)?.[Symbol.asyncDispose]();
  }
}
