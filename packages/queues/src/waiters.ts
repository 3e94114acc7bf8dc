import type { Clock } from "@hearth/kit";

interface Room {
  readonly seats: Set<Seat>;
  /** When the next message becomes visible, by the monotonic clock; `undefined` when it is not known. */
  nextAtMs: number | undefined;
  timer: Disposable | undefined;
}

/** A consumer that waits for messages of one queue, from before its first look until it has its answer. */
export class Seat implements Disposable {
  readonly #leave: (seat: Seat) => void;
  #isWoken = false;
  #wake: (() => void) | undefined;

  constructor(leave: (seat: Seat) => void) {
    this.#leave = leave;
  }

  get isWoken(): boolean {
    return this.#isWoken;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** To be called before the consumer looks for messages: a wake-up from then on is not missed. */
  begin(): void {
    this.#isWoken = false;
  }

  /** Resolves when there may be messages, when `ms` have passed (never with Infinity), or when `signal` aborts. Never rejects. */
  async woken(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _timer = Number.isFinite(ms) ? clock.after(ms, resolve) : undefined;
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
    this.#wake = undefined;
  }

  [Symbol.dispose](): void {
    this.#leave(this);
  }
}

/**
 * Who waits for messages in this process. A waiting consumer costs memory and a timer, and no query: it is woken when a message arrives, or by one timer
 * per queue for the next message that becomes visible. A queue without waiting consumers has no entry.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #rooms = new Map<string, Room>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(queueId: string): Seat {
    let room = this.#rooms.get(queueId);
    if (!room) this.#rooms.set(queueId, (room = { seats: new Set(), nextAtMs: undefined, timer: undefined }));
    const { seats } = room;
    const seat = new Seat((left) => {
      seats.delete(left);
      // Its consumer has not looked since: the message is for another.
      if (left.isWoken) this.wake(queueId, 1);
      if (seats.size > 0) return;
      room.timer?.[Symbol.dispose]();
      if (this.#rooms.get(queueId) === room) this.#rooms.delete(queueId);
    });
    seats.add(seat);
    return seat;
  }

  /** Wakes up to `count` consumers, those that have waited longest first. */
  wake(queueId: string, count: number): void {
    let left = count;
    for (const seat of this.#rooms.get(queueId)?.seats ?? []) {
      if (left === 0) return;
      if (seat.isWoken) continue;
      seat.wake();
      left--;
    }
  }

  wakeAll(): void {
    for (const [queueId, room] of this.#rooms) {
      room.nextAtMs = undefined;
      this.wake(queueId, room.seats.size);
    }
  }

  /** Whether a timer is set for the next message of the queue that becomes visible. */
  knowsNext(queueId: string): boolean {
    return this.#rooms.get(queueId)?.nextAtMs !== undefined;
  }

  /** A message becomes visible in `inMs`; Infinity when there is none. */
  expect(queueId: string, inMs: number): void {
    const room = this.#rooms.get(queueId);
    if (!room) return;
    const waitMs = Math.min(Math.max(0, inMs), ASK_AGAIN_MS);
    const atMs = this.#clock.monotonicMs() + waitMs;
    if (room.nextAtMs !== undefined && room.nextAtMs <= atMs) return;
    room.nextAtMs = atMs;
    room.timer?.[Symbol.dispose]();
    room.timer = this.#clock.after(Math.max(1, Math.ceil(waitMs)), () => {
      room.nextAtMs = undefined;
      this.wake(queueId, 1);
    });
  }
}

/**
 * One consumer looks again after this time. Other processes announce no message that becomes visible later than that, such as one whose consumer died, and
 * a room in which consumers follow each other stays open for as long as they do.
 */
const ASK_AGAIN_MS = 20_000;
