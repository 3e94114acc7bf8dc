/**
 * The bytes of an answer, for memory that is used again: a stream allocates memory for each piece, and collecting it costs more than sending the bytes.
 * Disposing frees what it holds, read to its end or not.
 */
export interface PieceSource extends AsyncDisposable {
  /** Fills the memory from its start. Resolves with the number of bytes; 0 at the end. */
  readInto(memory: Uint8Array): Promise<number>;
}

export function isPieceSource(value: unknown): value is PieceSource {
  return typeof value === "object" && value !== null && "readInto" in value;
}
