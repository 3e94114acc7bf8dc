import type { Clock } from "@hearth/kit";
import type { S3File } from "@hearth/store";
import type { Checksum, ChecksumAlgorithm } from "../checksums/checksum.ts";
import { badDigest, entityTooLarge } from "../errors.ts";
import type { ObjectDraft } from "../objectDraft.ts";
import type { ObjectFiles } from "../objectFiles.ts";
import { BodyDigest, type Digests } from "./bodyDigest.ts";
import { type Block, BodyMemory } from "./bodyMemory.ts";
import { DigestThreads, type ThreadDigest } from "./digestThreads.ts";

/** Bytes that are on disk and belong to nothing yet. */
export interface Received {
  readonly files: readonly S3File[];
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
}

export interface Expected {
  /** Base64, as `Content-MD5`. */
  readonly md5?: string | undefined;
  readonly checksum?:
    | {
        readonly algorithm: ChecksumAlgorithm;
        /** Base64, read when the body has ended: it may be a trailer. `undefined`: only computed. */
        readonly value: () => string | undefined;
      }
    | undefined;
  readonly maxBytes: number;
  /** What the sender says. */
  readonly length?: number | undefined;
  /** No one but the receiver uses the pieces any more, so their memory may be freed at once. */
  readonly ownsPieces?: boolean;
}

/** A body up to this size is held as it comes, and digested in this thread. */
const SMALL_BYTES = 64 * 1024;

/** Takes bodies in: writes them to disk, and verifies what their senders say about them. */
export class Intake implements AsyncDisposable {
  readonly #files: Pick<ObjectFiles, "draft">;
  readonly #memory = new BodyMemory();
  readonly #threads: DigestThreads;

  constructor(files: Pick<ObjectFiles, "draft">, clock: Clock) {
    this.#files = files;
    this.#threads = new DigestThreads(clock, () => this.#memory.release());
  }

  /** When this resolves, the bytes survive a power cut. Nothing stays behind when it rejects. Holds at most two megabytes of a body. */
  async receive(source: AsyncIterable<Uint8Array>, expected: Expected): Promise<Received> {
    await using draft = this.#files.draft();
    await using body = new IncomingBody(draft, this.#memory, this.#threads, expected);
    let size = 0;
    for await (const piece of source) {
      size += piece.length;
      if (size > expected.maxBytes) throw entityTooLarge();
      if (piece.length > 0) await body.add(piece);
    }
    const digests = await body.end();
    const checksum = verified(digests, expected);
    return { files: draft.keep(), size, md5: digests.md5, checksum };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}

/** Throws an S3Error when the body is not what its sender says. */
function verified({ md5, checksum: value }: Digests, expected: Expected): Checksum | undefined {
  if (expected.md5 !== undefined && Buffer.from(md5, "hex").toString("base64") !== expected.md5) {
    throw badDigest("The Content-MD5 you specified did not match what we received.");
  }
  if (!expected.checksum || value === undefined) return undefined;
  const { algorithm } = expected.checksum;
  const claimed = expected.checksum.value();
  if (claimed !== undefined && claimed !== value) {
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type: "FULL_OBJECT" };
}

/** A body on its way: a small one in the pieces that came; of a larger one a block is filled while the one before is written and digested. */
class IncomingBody implements AsyncDisposable {
  readonly #draft: ObjectDraft;
  readonly #memory: BodyMemory;
  readonly #threads: DigestThreads;
  readonly #expected: Expected;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #block: Block | undefined;
  #filled = 0;
  #digest: ThreadDigest | undefined;
  /** The work on the block before. */
  #working: Promise<unknown> = Promise.resolve();

  constructor(draft: ObjectDraft, memory: BodyMemory, threads: DigestThreads, expected: Expected) {
    this.#draft = draft;
    this.#memory = memory;
    this.#threads = threads;
    this.#expected = expected;
  }

  async add(piece: Uint8Array): Promise<void> {
    if (!this.#block && this.#heldBytes + piece.length <= SMALL_BYTES) {
      this.#held.push(piece);
      this.#heldBytes += piece.length;
      return;
    }
    for (const held of this.#held.splice(0)) await this.#copy(held);
    await this.#copy(piece);
  }

  /** Resolves when all is on disk. */
  async end(): Promise<Digests> {
    if (this.#block) {
      await this.#working;
      const block = this.#block;
      this.#block = undefined;
      const filled = block.subarray(0, this.#filled);
      return await this.#work(block, async (digest) => {
        const written = this.#draft.write([filled]).then(() => this.#draft.sync());
        const [digests] = await bothOf(digest.end(filled), written);
        return digests;
      });
    }
    const digest = new BodyDigest(this.#expected.checksum?.algorithm);
    for (const piece of this.#held) digest.update(piece);
    if (this.#heldBytes > 0) await this.#draft.write(this.#held);
    await this.#draft.sync();
    return digest.end();
  }

  /** Also of a body that was given up: nothing may write or read its memory when this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#working.catch(() => undefined); // its caller gets the error
    if (this.#block) this.#memory.giveBack(this.#block);
    this.#digest?.[Symbol.dispose]();
  }

  async #copy(piece: Uint8Array): Promise<void> {
    let at = 0;
    while (at < piece.length) {
      // A full block waits for the next piece: the last one ends the body.
      if (this.#block && this.#filled === this.#block.length) await this.#flush(this.#block);
      this.#block ??= this.#memory.take(this.#expected.length);
      const part = piece.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
    if (this.#expected.ownsPieces) free(piece);
  }

  async #flush(block: Block): Promise<void> {
    await this.#working;
    this.#block = undefined;
    this.#filled = 0;
    this.#working = this.#work(block, async (digest) => await bothOf(digest.update(block), this.#draft.write([block])));
    this.#working.catch(() => undefined); // it rejects where it is awaited
  }

  async #work<Result>(block: Block, work: (digest: ThreadDigest) => Promise<Result>): Promise<Result> {
    this.#digest ??= this.#threads.begin(this.#expected.checksum?.algorithm);
    try {
      return await work(this.#digest);
    } finally {
      this.#memory.giveBack(block);
    }
  }
}

/** Resolves or rejects when both have ended, so that neither uses memory any more. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return await Promise.all([a, b]);
}

/** Frees the memory of bytes that have it for themselves. The garbage collector would find it only after the process has allocated much more. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
