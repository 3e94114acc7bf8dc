import type { LogEvent } from "./logsClient.ts";

/** Events are stored a moment after they happened, and those of several environments not in their order. */
const LATENESS_MS = 30_000;

/** Remembers which of the latest events have been printed already. */
export class FollowedEvents {
  readonly #timestamps = new Map<string, number>();
  readonly #since: number;
  #latest = 0;

  constructor(since: number) {
    this.#since = since;
  }

  /** From when on events are to be read. */
  get from(): number {
    return Math.max(this.#since, this.#latest - LATENESS_MS);
  }

  isNew({ eventId, timestamp }: LogEvent): boolean {
    if (this.#timestamps.has(eventId)) return false;
    this.#timestamps.set(eventId, timestamp);
    this.#latest = Math.max(this.#latest, timestamp);
    return true;
  }

  /** Forgets events that are not read again. */
  forgetOld(): void {
    for (const [eventId, timestamp] of this.#timestamps) if (timestamp < this.from) this.#timestamps.delete(eventId);
  }
}
