const FIRST = 10_000_000_000_000_000_000n;

/** The sequence number of a message of a FIFO topic: 20 digits, as AWS's. */
export function sequenceNumber(value: bigint): string {
  return String(FIRST + value);
}
