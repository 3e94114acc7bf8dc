import type { AccountRegion } from "@hearth/model";

/** Lines of one account that wait to be written; more are dropped. */
const MAX_WAITING = 10_000;
/** Characters of the lines of one account that wait. */
const MAX_WAITING_LENGTH = 16 * 1024 * 1024;

export interface LogDestination extends AccountRegion {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface WaitingStream extends LogDestination {
  readonly events: { readonly timestamp: number; readonly message: string }[];
}

/** Lines of logs of APIs until they are written, bounded for each account by itself. */
export class WaitingLines {
  #streams = new Map<string, WaitingStream>();
  #held = new Map<string, { count: number; length: number }>();
  #dropped = 0;

  /** Whether a line of the account has room. Counts one that has none as dropped. */
  hasRoom(accountId: string): boolean {
    const held = this.#held.get(accountId);
    if (!held || (held.count < MAX_WAITING && held.length < MAX_WAITING_LENGTH)) return true;
    this.#dropped++;
    return false;
  }

  add(to: LogDestination, event: WaitingStream["events"][number]): void {
    const { accountId, region, logGroupName, logStreamName } = to;
    const held = this.#held.get(accountId) ?? { count: 0, length: 0 };
    held.count++;
    held.length += event.message.length;
    this.#held.set(accountId, held);
    const key = `${accountId} ${region} ${logGroupName} ${logStreamName}`;
    let waiting = this.#streams.get(key);
    if (!waiting) this.#streams.set(key, (waiting = { accountId, region, logGroupName, logStreamName, events: [] }));
    waiting.events.push(event);
  }

  /** All that wait, by stream, and how many were dropped; both begin anew. */
  take(): { readonly streams: readonly WaitingStream[]; readonly dropped: number } {
    const taken = { streams: [...this.#streams.values()], dropped: this.#dropped };
    this.#streams = new Map();
    this.#held = new Map();
    this.#dropped = 0;
    return taken;
  }
}
