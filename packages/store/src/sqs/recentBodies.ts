import type { NewSqsMessage, ReceivedSqsMessage } from "./sqsMessage.ts";

/** What a message says. It never changes. */
export type SqsBody = Pick<ReceivedSqsMessage, "id" | "body" | "attributes" | "senderId" | "traceHeader" | "dedupId">;

const MAX_CHARACTERS = 16 * 1024 * 1024;
/** What an entry costs besides its texts. */
const OVERHEAD = 300;

/** The bodies that this process has stored last: most messages are received soon, and then need not be read. */
export class RecentBodies {
  readonly #bodies = new Map<string, SqsBody>();
  #characters = 0;

  add(id: string, { body, attributes, senderId, traceHeader, dedupId }: NewSqsMessage): void {
    const entry = {
      id,
      body,
      attributes: attributes ?? null,
      senderId,
      traceHeader: traceHeader ?? null,
      dedupId: dedupId ?? null,
    };
    this.#bodies.set(id, entry);
    this.#characters += sizeOf(entry);
    for (const [oldest, one] of this.#bodies) {
      if (this.#characters <= MAX_CHARACTERS) return;
      this.#bodies.delete(oldest);
      this.#characters -= sizeOf(one);
    }
  }

  find(id: string): SqsBody | undefined {
    return this.#bodies.get(id);
  }

  /** The message is gone. */
  delete(id: string): void {
    const entry = this.#bodies.get(id);
    if (!entry) return;
    this.#bodies.delete(id);
    this.#characters -= sizeOf(entry);
  }
}

function sizeOf({ body, attributes }: SqsBody): number {
  return OVERHEAD + body.length + (attributes?.length ?? 0);
}
