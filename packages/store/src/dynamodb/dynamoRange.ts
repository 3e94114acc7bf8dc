export interface DynamoRange {
  /** A lower and an upper limit of sort keys in bytes, `undefined` for none. */
  readonly from?: { readonly key: Buffer; readonly isInclusive: boolean } | undefined;
  readonly to?: { readonly key: Buffer; readonly isInclusive: boolean } | undefined;
}

/** Conditions on a column; the values of their parameters are appended. */
export function boundsOf(column: string, { from, to }: DynamoRange, values: unknown[]): string {
  let bounds = "";
  if (from) bounds += ` AND ${column} ${from.isInclusive ? ">=" : ">"} $${values.push(from.key)}`;
  if (to) bounds += ` AND ${column} ${to.isInclusive ? "<=" : "<"} $${values.push(to.key)}`;
  return bounds;
}
