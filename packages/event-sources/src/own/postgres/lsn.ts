/** A place in the log of a PostgreSQL server, as `pg_lsn` prints it: `16/B374D848`. */
export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`;
}

/** Throws for text that is none. */
export function parseLsn(text: string): bigint {
  const [, high, low] = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text) ?? [];
  if (high === undefined || low === undefined) throw new Error(`not a place in the log of PostgreSQL: ${text}`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/**
 * How far the changes of a server were read: every transaction whose commit lies before `lsn`, and the first `changes` changes of the one whose commit lies at
 * `lsn`.
 */
export interface ChangePosition {
  readonly lsn: bigint;
  readonly changes: number;
}

/** `16/B374D848+3` */
export function positionText({ lsn, changes }: ChangePosition): string {
  return `${lsnText(lsn)}+${changes}`;
}

export function parsePosition(text: string): ChangePosition {
  const plus = text.lastIndexOf("+");
  return { lsn: parseLsn(text.slice(0, plus)), changes: Number(text.slice(plus + 1)) };
}
