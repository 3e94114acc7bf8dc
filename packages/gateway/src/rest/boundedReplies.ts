import type { HttpReply } from "../httpEndpoint.ts";

/** A reply whose body is in memory. */
export interface WholeReply extends HttpReply {
  readonly body: Uint8Array | null;
}

interface Kept {
  readonly reply: WholeReply;
  readonly untilMs: number;
  readonly bytes: number;
}

interface OfAccount {
  readonly replies: Map<string, Kept>;
  bytes: number;
}

/** Of a reply besides its body, its headers and its key. */
const REPLY_BYTES = 512;

/** Replies, each for a time, in a room of its own for each account: an account that needs more forgets its own oldest ones. */
export class BoundedReplies {
  readonly #maxBytes: number;
  readonly #byAccount = new Map<string, OfAccount>();

  /** `maxBytes`: of each account. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `nowMs` is of the same clock as `untilMs` below. */
  find(accountId: string, key: string, nowMs: number): WholeReply | undefined {
    const account = this.#byAccount.get(accountId);
    const found = account?.replies.get(key);
    if (!account || !found) return undefined;
    if (found.untilMs > nowMs) return found.reply;
    this.#forget(account, key);
    return undefined;
  }

  keep(accountId: string, key: string, reply: WholeReply, untilMs: number): void {
    let account = this.#byAccount.get(accountId);
    if (!account) this.#byAccount.set(accountId, (account = { replies: new Map(), bytes: 0 }));
    this.#forget(account, key);
    const texts = key.length + JSON.stringify(reply.headers).length;
    const bytes = REPLY_BYTES + 2 * texts + (reply.body?.byteLength ?? 0);
    if (bytes > this.#maxBytes) return;
    account.replies.set(key, { reply: alone(reply), untilMs, bytes });
    account.bytes += bytes;
    for (const oldest of account.replies.keys()) {
      if (account.bytes <= this.#maxBytes) break;
      this.#forget(account, oldest);
    }
  }

  #forget(account: OfAccount, key: string): void {
    account.bytes -= account.replies.get(key)?.bytes ?? 0;
    account.replies.delete(key);
  }
}

/** The reply without the larger buffer that small bodies are made in, which would stay in memory with it. */
function alone(reply: WholeReply): WholeReply {
  const { body } = reply;
  return body === null || body.buffer.byteLength === body.byteLength ? reply : { ...reply, body: new Uint8Array(body) };
}
