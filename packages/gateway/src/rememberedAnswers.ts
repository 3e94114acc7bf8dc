/** Memory that the answers of one account may take. */
const PER_ACCOUNT_BYTES = 16 * 1024 * 1024;
/** A larger answer is not remembered: it would take the place of too many others. */
const MAX_BYTES = PER_ACCOUNT_BYTES / 16;
/** Of each value of a document, beside its text. */
const VALUE_BYTES = 64;
/** Of an answer without any values. */
const ANSWER_BYTES = 512;

interface Remembered<Value> {
  readonly value: Value;
  readonly untilMs: number;
  readonly bytes: number;
}

interface OfAccount<Value> {
  readonly answers: Map<string, Remembered<Value>>;
  bytes: number;
}

/**
 * Answers of authorizers, each for a time. What is remembered is chosen by clients and by functions of accounts, so it is bounded by its memory, for each
 * account by itself: an account with many or large answers forgets its own oldest ones.
 */
export class RememberedAnswers<Value> {
  readonly #byAccount = new Map<string, OfAccount<Value>>();

  /** `nowMs` is of the same clock as `untilMs` below. */
  find(accountId: string, key: string, nowMs: number): Value | undefined {
    const found = this.#byAccount.get(accountId)?.answers.get(key);
    return found && found.untilMs > nowMs ? found.value : undefined;
  }

  /** `document`: the text that the value was read from. */
  remember(
    accountId: string,
    key: string,
    { value, untilMs, document }: { readonly value: Value; readonly untilMs: number; readonly document: string },
  ): void {
    const bytes = ANSWER_BYTES + key.length + memoryOf(document);
    let account = this.#byAccount.get(accountId);
    if (!account) this.#byAccount.set(accountId, (account = { answers: new Map(), bytes: 0 }));
    this.#forget(account, key);
    if (bytes > MAX_BYTES) return;
    account.answers.set(key, { value, untilMs, bytes });
    account.bytes += bytes;
    for (const oldest of account.answers.keys()) {
      if (account.bytes <= PER_ACCOUNT_BYTES) break;
      this.#forget(account, oldest);
    }
  }

  #forget(account: OfAccount<Value>, key: string): void {
    account.bytes -= account.answers.get(key)?.bytes ?? 0;
    account.answers.delete(key);
  }
}

const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** What the values of a JSON document take at most, about. */
function memoryOf(document: string): number {
  let values = 0;
  for (let at = 0; at < document.length; at++) {
    const code = document.charCodeAt(at);
    if (code === COMMA || code === COLON || code === BRACKET || code === BRACE) values++;
  }
  return 2 * document.length + values * VALUE_BYTES;
}
