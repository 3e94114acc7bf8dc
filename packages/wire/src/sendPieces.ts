import type { ServerResponse } from "node:http";
import type { Clock } from "@hearth/kit";
import { ClientGone } from "./body.ts";
import type { PieceSource } from "./pieceSource.ts";

/** One piece of an answer. The kernel holds as much again and more for a quick client, so nothing is read ahead. */
const PIECE_BYTES = 256 * 1024;
/** So many pieces of memory are kept for the next answers. */
const MAX_IDLE = 16;

/** Memory for the answers that are being sent, one piece for each. */
export class PieceMemory {
  readonly #idle: Buffer[] = [];

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  }

  /** Only for memory that nothing refers to any more. */
  giveBack(memory: Buffer): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(memory);
  }
}

export interface SendingPieces {
  readonly pieces?: PieceMemory;
  readonly clock: Clock;
  readonly stalledMs: number;
}

/**
 * Sends what a source yields, and ends the answer. Rejects when the source does, or when the client goes away; one that does not take a
 * piece within `stalledMs` loses its connection.
 */
export async function sendPieces(
  source: PieceSource,
  res: ServerResponse,
  { pieces = new PieceMemory(), clock, stalledMs }: SendingPieces,
): Promise<void> {
  await using reader = source;
  const memory = pieces.take();
  let isSent = true;
  try {
    for (;;) {
      const bytes = await reader.readInto(memory);
      if (bytes === 0) break;
      isSent = false;
      await sent(res, memory.subarray(0, bytes), clock, stalledMs);
      isSent = true;
    }
    res.end();
  } finally {
    // A piece that was not sent may still be in the hands of the connection.
    if (isSent) pieces.giveBack(memory);
  }
}

/** Resolves when the kernel has the piece. */
function sent(res: ServerResponse, piece: Buffer, clock: Clock, stalledMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (res.destroyed) return reject(new ClientGone());
    let timer: Disposable | undefined;
    const finish = (error?: Error | null): void => {
      timer?.[Symbol.dispose]();
      res.removeListener("close", gone);
      if (error) reject(error);
      else resolve();
    };
    const gone = (): void => finish(new ClientGone());
    res.once("close", gone);
    // A quick client has it before the timer would be set.
    if (!res.write(piece, finish)) timer = clock.after(stalledMs, () => res.destroy());
    return undefined;
  });
}
