/** A query is wrong, at a place that is known. */
export class MalformedQuery extends Error {
  override readonly name = "MalformedQuery";
  /** Offsets in the query's text. */
  readonly start: number;
  readonly end: number;

  constructor(query: string, reason: string, start: number, end: number) {
    const before = query.slice(0, start).split("\n");
    super(`${reason} at line ${before.length} and position ${(before.at(-1)?.length ?? 0) + 1}`);
    this.start = start;
    this.end = end;
  }
}
