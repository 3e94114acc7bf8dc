import { InvalidSignatureException, SerializationException } from "@hearth/model";
import type { BodyStream } from "./body.ts";

/** Verifies what each chunk is signed with. Its methods throw InvalidSignatureException. */
export interface ChunkSignatures {
  /** A piece of the present chunk's data. */
  update(data: Uint8Array): void;
  /** The present chunk is complete; the last one is empty. */
  endOfChunk(signature: string): void;
  /** `lines` are the trailing headers as they are signed: `name:value\n`, one after the other. */
  trailers(lines: string, signature: string): void;
}

export interface ChunkedPayload {
  /** The length of the data without frames, as the request declares it. */
  readonly length: number;
  /** Absent where chunks are not signed. */
  readonly signatures: ChunkSignatures | undefined;
  /** The names of trailing headers that the request announces, in lower case. */
  readonly announced: ReadonlySet<string>;
  /** Trailing headers are signed. */
  readonly signsTrailers: boolean;
}

const MAX_LINE = 8_192;
const MAX_TRAILERS = 16;
const CRLF = Buffer.from("\r\n");

/**
 * The data of a body in AWS's own chunks (`Content-Encoding: aws-chunked`). Throws at the first wrong frame or signature, and at the end when the
 * length differs from the declared one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
 */
export class AwsChunkedStream implements BodyStream {
  readonly length: number;
  readonly trailers = new Map<string, string>();
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #payload: ChunkedPayload;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>, payload: ChunkedPayload) {
    this.#source = source;
    this.#payload = payload;
    this.length = payload.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    const { signatures, length } = this.#payload;
    const source = this.#source[Symbol.asyncIterator]();
    let received = 0;
    try {
      for (;;) {
        const { size, signature } = chunkHead(await this.#line(source));
        if (signatures && signature === undefined) throw new InvalidSignatureException(UNSIGNED_CHUNK);
        if (size > length - received) throw wrongLength();
        for (let missing = size; missing > 0;) {
          if (this.#held.length === 0) await this.#more(source);
          const piece = this.#held.subarray(0, missing);
          this.#held = this.#held.subarray(piece.length);
          missing -= piece.length;
          signatures?.update(piece);
          yield piece;
        }
        received += size;
        if (signature !== undefined) signatures?.endOfChunk(signature);
        if (size === 0) break;
        if ((await this.#line(source)) !== "") throw malformed();
      }
      if (received !== length) throw wrongLength();
      await this.#readTrailers(source);
    } finally {
      await source.return?.();
    }
  }

  async #readTrailers(source: AsyncIterator<Uint8Array>): Promise<void> {
    const { announced, signatures, signsTrailers } = this.#payload;
    let signed = "";
    let signature: string | undefined;
    // Some clients end the body after the last trailer's line, without the empty line.
    for (let line = await this.#line(source, ""); line !== ""; line = await this.#line(source, "")) {
      const colon = line.indexOf(":");
      if (colon < 1 || this.trailers.size >= MAX_TRAILERS) throw malformed();
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (name === "x-amz-trailer-signature") {
        signature = value;
        continue;
      }
      if (!announced.has(name)) throw malformed();
      signed += `${name}:${value}\n`;
      this.trailers.set(name, value);
    }
    if (signatures && signsTrailers) {
      if (signature === undefined) throw new InvalidSignatureException(UNSIGNED_CHUNK);
      signatures.trailers(signed, signature);
    }
    for (const name of announced) if (!this.trailers.has(name)) throw malformed();
    // The rest must be empty; reading to the end lets the source check what it has to.
    for (let next = await source.next(); !next.done; next = await source.next()) {
      if (next.value.length > 0) throw malformed();
    }
  }

  /** One line without its end. `atEnd` is returned where the body ends instead. */
  async #line(source: AsyncIterator<Uint8Array>, atEnd?: string): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf(CRLF);
      if (end >= 0) {
        const line = this.#held.toString("latin1", 0, end);
        this.#held = this.#held.subarray(end + 2);
        return line;
      }
      if (this.#held.length > MAX_LINE) throw malformed();
      const next = await source.next();
      if (next.done) {
        if (atEnd === undefined || this.#held.length > 0) throw wrongLength();
        return atEnd;
      }
      this.#held = this.#held.length === 0 ? asBuffer(next.value) : Buffer.concat([this.#held, next.value]);
    }
  }

  async #more(source: AsyncIterator<Uint8Array>): Promise<void> {
    const next = await source.next();
    if (next.done) throw wrongLength();
    this.#held = asBuffer(next.value);
  }
}

const UNSIGNED_CHUNK = "A chunk of the payload carries no signature.";

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function chunkHead(line: string): { readonly size: number; readonly signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match) throw malformed();
  return { size: Number.parseInt(match[1] as string, 16), signature: match[2] };
}

function malformed(): SerializationException {
  return new SerializationException("The chunks of the request body are malformed.");
}

/** The body is shorter or longer than the request declares. */
export class IncompleteBody extends SerializationException {}

function wrongLength(): IncompleteBody {
  return new IncompleteBody("You did not provide the number of bytes specified by the Content-Length HTTP header");
}
