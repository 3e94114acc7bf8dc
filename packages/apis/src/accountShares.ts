/** Memory that what one account has may take. */
const PER_ACCOUNT_BYTES = 64 * 1024 * 1024;
/** Of a value beside its texts. */
const VALUE_BYTES = 48;

/** What is kept in memory, by accounts: one that has too much loses its own oldest things, and no other's. */
export class AccountShares {
  readonly #byAccount = new Map<string, Map<string, number>>();
  readonly #accountOf = new Map<string, string>();

  /** Counts what is kept under a key. Resolves with the keys of the account that must go for it. */
  add(accountId: string, key: string, bytes: number): readonly string[] {
    this.delete(key);
    const own = this.#byAccount.get(accountId) ?? new Map<string, number>();
    this.#byAccount.set(accountId, own.set(key, bytes));
    this.#accountOf.set(key, accountId);
    let total = 0;
    for (const one of own.values()) total += one;
    const gone: string[] = [];
    for (const [oldest, size] of own) {
      if (total <= PER_ACCOUNT_BYTES || oldest === key) break;
      total -= size;
      gone.push(oldest);
    }
    for (const one of gone) this.delete(one);
    return gone;
  }

  delete(key: string): void {
    const accountId = this.#accountOf.get(key) ?? "";
    const own = this.#byAccount.get(accountId);
    this.#accountOf.delete(key);
    if (own?.delete(key) && own.size === 0) this.#byAccount.delete(accountId);
  }

  clear(): void {
    this.#byAccount.clear();
    this.#accountOf.clear();
  }
}

/** What a document takes in memory, about. */
export function memoryOf(document: unknown): number {
  let bytes = 0;
  const waiting: unknown[] = [document];
  while (waiting.length > 0) {
    const value = waiting.pop();
    bytes += VALUE_BYTES;
    if (typeof value === "string") bytes += value.length;
    else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) waiting.push(one);
  }
  return bytes;
}
