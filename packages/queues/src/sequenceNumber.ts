const FIRST = 18_800_000_000_000_000_000n;

/** The sequence number of a message in a FIFO queue: 20 digits, as AWS's. */
export function sequenceNumber(id: string): string {
  return String(FIRST + BigInt(id));
}
