import type { DeliveryLane, LanePlaces } from "@hearth/store";

/** How many attempts may be under way at the same time. */
export interface LaneLimits {
  readonly total: number;
  readonly perAccount: number;
  /** Of an account, once three quarters of `total` are in use: so that a few accounts whose targets hang leave room for others. */
  readonly perAccountWhenFull: number;
  readonly perTarget: number;
}

/** Counts the attempts that are under way, by account and target, and tells how many more may start. */
export class LaneSlots {
  readonly #limits: LaneLimits;
  readonly #accounts = new Map<string, number>();
  readonly #targets = new Map<string, number>();
  #total = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  get inUse(): number {
    return this.#total;
  }

  get isFull(): boolean {
    return this.#total >= this.#limits.total;
  }

  /** Accounts for which no attempt may start now. */
  busyAccounts(): readonly string[] {
    const limit = this.#accountLimit(this.#total);
    return [...this.#accounts].filter(([, count]) => count >= limit).map(([accountId]) => accountId);
  }

  /** How many messages of each of `lanes` may be claimed; those with none are left out. */
  placesIn(lanes: readonly DeliveryLane[]): readonly LanePlaces[] {
    const accounts = new Map(this.#accounts);
    let total = this.#total;
    const chosen: LanePlaces[] = [];
    for (const lane of lanes) {
      const ofAccount = accounts.get(lane.accountId) ?? 0;
      const places = Math.min(
        this.#limits.total - total,
        this.#accountLimit(total) - ofAccount,
        this.#limits.perTarget - (this.#targets.get(keyOf(lane)) ?? 0),
      );
      if (places <= 0) continue;
      chosen.push({ ...lane, places });
      accounts.set(lane.accountId, ofAccount + places);
      total += places;
    }
    return chosen;
  }

  /** Takes a slot until it is disposed. */
  take(lane: DeliveryLane): Disposable {
    this.#count(lane, 1);
    return { [Symbol.dispose]: () => this.#count(lane, -1) };
  }

  #accountLimit(total: number): number {
    const { perAccount, perAccountWhenFull, total: limit } = this.#limits;
    return total >= limit * 0.75 ? perAccountWhenFull : perAccount;
  }

  #count(lane: DeliveryLane, change: 1 | -1): void {
    this.#total += change;
    add(this.#accounts, lane.accountId, change);
    add(this.#targets, keyOf(lane), change);
  }
}

function keyOf({ accountId, target }: DeliveryLane): string {
  return `${accountId} ${target}`;
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
