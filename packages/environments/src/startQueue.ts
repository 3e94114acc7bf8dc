import type { Clock } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";

/** A request for a sandbox. The functions are called again whenever a place becomes free. */
export interface StartWish {
  readonly accountId: string;
  /** Tells functions apart. */
  readonly functionKey: string;
  /** How long it may wait for memory. */
  readonly maxWaitMs: number;
  /** The memory that it will probably take. */
  memoryMb(): number;
  /** A synchronous caller waits for it. */
  isUrgent(): boolean;
  /** False when the request that it was for has been served by another environment. */
  isNeeded(): boolean;
  /** Called as soon as it is admitted. */
  onAdmitted(): void;
}

/** Disposal ends the start: by then its memory is counted with the environment that it has become. */
export interface StartPermit extends Disposable {
  /** The sandbox is up: another one may boot. Idempotent. */
  booted(): void;
}

/** Memory that a start under way will probably take. */
export interface Reservation {
  readonly accountId: string;
  readonly mb: number;
  /** On the monotonic clock. */
  readonly sinceMs: number;
}

export interface StartQueueDeps {
  readonly clock: Clock;
  /** Sandboxes that boot at the same time. */
  readonly maxParallelBoots: number;
  /** Whether the account may take `mb` more beside the starts that are under way. When not, it may free memory and call `serve` later. */
  admits(mb: number, accountId: string, reservations: Iterable<Reservation>): boolean;
}

interface Waiting {
  readonly wish: StartWish;
  readonly sinceMs: number;
  readonly resolve: (permit: StartPermit | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Share {
  booting: number;
  /** Number of the start that was admitted last. */
  last: number;
}

/** Starts for which no synchronous caller waits boot at most two at a time, and none beside urgent ones, unless one has waited for long. */
const MAX_BACKGROUND = 2;
const MAX_BACKGROUND_WAIT_MS = 2_000;
/** How often starts that wait are looked at where nothing else calls for it. */
const POLL_MS = 100;
const NO_MEMORY = "The host has too little free memory for another execution environment. Try again later.";

/**
 * Decides which environment starts next. Starts that a synchronous caller waits for come first; others boot beside them only after a while, one at a time. Accounts take turns,
 * and so do the functions of an account: the one with the fewest sandboxes booting is next. No account can hold all places, and no function more
 * than three quarters of them. A start that does not fit into memory lets smaller ones pass, and is refused after its `maxWaitMs`.
 */
export class StartQueue {
  readonly #deps: StartQueueDeps;
  readonly #waiting = new Set<Waiting>();
  readonly #accounts = new Map<string, Share>();
  readonly #functions = new Map<string, Share>();
  #booting = 0;
  #background = 0;
  readonly #reservations = new Set<Reservation>();
  #admitted = 0;
  #willServe = false;

  constructor(deps: StartQueueDeps) {
    this.#deps = deps;
  }

  /** How many starts wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when the start may begin; with undefined when it is no longer needed. Rejects with TooManyRequestsException when there was not enough
   * memory for too long, and with the signal's reason when it aborts first.
   */
  enter(wish: StartWish, signal: AbortSignal): Promise<StartPermit | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
        wish,
        sinceMs: this.#deps.clock.monotonicMs(),
        resolve: (permit) => {
          leave();
          resolve(permit);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiting.reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiting);
      this.serve();
    });
  }

  /** A place to boot a sandbox ahead of demand, while no start waits or boots. */
  enterAhead(): StartPermit | undefined {
    if (this.#waiting.size > 0 || this.#booting > 0) return undefined;
    return this.#permit({ accountId: "", mb: 0, sinceMs: 0 }, true, []);
  }

  /** Admits what can be admitted now. */
  serve(): void {
    if (this.#waiting.size === 0 || this.#booting >= this.#deps.maxParallelBoots) return;
    for (const { wish, resolve } of this.#waiting) if (!wish.isNeeded()) resolve(undefined);
    // Starts that need as much as one of the same account that was refused, or more, need not be asked about.
    const refusedMb = new Map<string, number>();
    for (let next = this.#next(refusedMb); next; next = this.#next(refusedMb)) {
      const { wish } = next;
      const mb = wish.memoryMb();
      if (!wish.isNeeded()) next.resolve(undefined);
      else if (this.#deps.admits(mb, wish.accountId, this.#reservations)) next.resolve(this.#admit(wish, mb));
      else refusedMb.set(wish.accountId, mb);
    }
    if (refusedMb.size > 0) this.#refuseOverdue(refusedMb);
    if (this.#waiting.size > 0 && this.#booting < this.#deps.maxParallelBoots) this.#serveLater();
  }

  #refuseOverdue(refusedMb: ReadonlyMap<string, number>): void {
    const now = this.#deps.clock.monotonicMs();
    for (const { wish, sinceMs, reject } of this.#waiting) {
      if (now - sinceMs >= wish.maxWaitMs && isRefused(wish, refusedMb))
        reject(new TooManyRequestsException("ConcurrentInvocationLimitExceeded", NO_MEMORY));
    }
  }

  #serveLater(): void {
    if (this.#willServe) return;
    this.#willServe = true;
    this.#deps.clock.after(POLL_MS, () => {
      this.#willServe = false;
      this.serve();
    });
  }

  /** The start whose turn it is among those that may still be admitted. */
  #next(refusedMb: ReadonlyMap<string, number>): Waiting | undefined {
    const free = this.#deps.maxParallelBoots - this.#booting;
    if (free <= 0) return undefined;
    let urgent: Waiting | undefined;
    let background: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (!this.#mayStart(waiting.wish) || isRefused(waiting.wish, refusedMb)) continue;
      if (waiting.wish.isUrgent()) {
        if (!urgent || this.#isBefore(waiting.wish, urgent.wish)) urgent = waiting;
      } else if (!background || this.#isBefore(waiting.wish, background.wish)) background = waiting;
    }
    if (background && this.#isOverdue(background)) return background;
    if (urgent) return urgent;
    const urgentBooting = this.#booting - this.#background;
    return urgentBooting === 0 && this.#background < MAX_BACKGROUND ? background : undefined;
  }

  /** So that a stream of synchronous callers does not hold up events for ever. */
  #isOverdue({ sinceMs }: Waiting): boolean {
    return this.#background === 0 && this.#deps.clock.monotonicMs() - sinceMs >= MAX_BACKGROUND_WAIT_MS;
  }

  #mayStart({ accountId, functionKey }: StartWish): boolean {
    const { maxParallelBoots: all } = this.#deps;
    return (
      (this.#accounts.get(accountId)?.booting ?? 0) < Math.max(1, all - 1) &&
      (this.#functions.get(functionKey)?.booting ?? 0) < Math.max(1, Math.ceil((all * 3) / 4))
    );
  }

  #isBefore(one: StartWish, other: StartWish): boolean {
    const byAccount = order(this.#accounts.get(one.accountId), this.#accounts.get(other.accountId));
    if (one.accountId !== other.accountId && byAccount !== 0) return byAccount < 0;
    return order(this.#functions.get(one.functionKey), this.#functions.get(other.functionKey)) < 0;
  }

  #admit(wish: StartWish, mb: number): StartPermit {
    const isUrgent = wish.isUrgent();
    wish.onAdmitted();
    this.#admitted++;
    const shares = [shareOf(this.#accounts, wish.accountId), shareOf(this.#functions, wish.functionKey)];
    for (const share of shares) {
      share.booting++;
      share.last = this.#admitted;
    }
    return this.#permit({ accountId: wish.accountId, mb, sinceMs: this.#deps.clock.monotonicMs() }, !isUrgent, shares);
  }

  #permit(reservation: Reservation, isBackground: boolean, shares: readonly Share[]): StartPermit {
    this.#booting++;
    if (isBackground) this.#background++;
    this.#reservations.add(reservation);
    let boots = true;
    let held = true;
    const booted = (): void => {
      if (!boots) return;
      boots = false;
      this.#booting--;
      if (isBackground) this.#background--;
      for (const share of shares) share.booting--;
      this.serve();
      if (this.#waiting.size > 0) return;
      forgetIdle(this.#accounts);
      forgetIdle(this.#functions);
    };
    return {
      booted,
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#reservations.delete(reservation);
        booted();
        this.serve();
      },
    };
  }
}

/** Whether a start of the same account that needs as much, or less, was refused. */
function isRefused(wish: StartWish, refusedMb: ReadonlyMap<string, number>): boolean {
  return wish.memoryMb() >= (refusedMb.get(wish.accountId) ?? Infinity);
}

const NONE: Share = { booting: 0, last: 0 };

function order(one: Share = NONE, other: Share = NONE): number {
  return one.booting - other.booting || one.last - other.last;
}

function shareOf(shares: Map<string, Share>, key: string): Share {
  let share = shares.get(key);
  if (!share) shares.set(key, (share = { booting: 0, last: 0 }));
  return share;
}

function forgetIdle(shares: Map<string, Share>): void {
  for (const [key, { booting }] of shares) if (booting === 0) shares.delete(key);
}
