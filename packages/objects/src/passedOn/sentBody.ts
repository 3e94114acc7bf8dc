/** A body as it is sent to the server. */
export interface SentBody {
  readonly source: AsyncIterable<Uint8Array>;
  /** Bytes of `source`. */
  readonly length: number;
  /** A checksum that is known when `source` has ended. */
  readonly trailer?: { readonly name: string; readonly value: () => string | undefined } | undefined;
}

export const FRAME_BYTES = 65_536;
const CRLF = Buffer.from("\r\n");

/** How long the body is in AWS's chunks, of `FRAME_BYTES` each. `value` is the length of the trailer's value. */
export function framedLength(length: number, trailer: string, value: number): number {
  const whole = Math.floor(length / FRAME_BYTES);
  const rest = length % FRAME_BYTES;
  const frame = (bytes: number): number => bytes.toString(16).length + 2 * CRLF.length + bytes;
  const last = `0\r\n${trailer}:`.length + value + 2 * CRLF.length;
  return whole * frame(FRAME_BYTES) + (rest > 0 ? frame(rest) : 0) + last;
}

/** The body in AWS's chunks with a checksum behind it. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
export async function* framed(
  source: AsyncIterable<Uint8Array>,
  trailer: { readonly name: string; readonly value: () => string | undefined },
): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  const frame = (): Uint8Array => {
    const whole = Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), ...held, CRLF]);
    held = [];
    bytes = 0;
    return whole;
  };
  for await (const piece of source) {
    for (let rest = piece; rest.length > 0;) {
      const part = rest.subarray(0, FRAME_BYTES - bytes);
      held.push(part);
      bytes += part.length;
      rest = rest.subarray(part.length);
      if (bytes === FRAME_BYTES) yield frame();
    }
  }
  if (bytes > 0) yield frame();
  yield Buffer.from(`0\r\n${trailer.name}:${trailer.value() ?? ""}\r\n\r\n`);
}

/**
 * The same pieces, each only when the next one or the end has arrived: a body whose end turns out to be wrong (a hash that lies, a client that goes away) is never
 * complete for whoever gets the pieces.
 */
export async function* heldBack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    if (piece.length === 0) continue;
    if (held) yield held;
    held = piece;
  }
  if (held) yield held;
}
