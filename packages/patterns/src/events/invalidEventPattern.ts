const SOURCE_LIMIT = 500;

/** An event pattern that EventBridge refuses. `reason` is the text that AWS gives after "Event pattern is not valid. Reason: ". */
export class InvalidEventPattern extends Error {
  override readonly name = "InvalidEventPattern";
  readonly reason: string;

  /** `offset` is the number of characters of `source` that were read before the mistake was found. */
  constructor(problem: string, source: string, offset: number) {
    const reason = `${problem}\n at [Source: (String)${shown(source)}; ${position(source, offset)}]`;
    super(reason);
    this.reason = reason;
  }
}

function shown(source: string): string {
  const rest = source.length - SOURCE_LIMIT;
  return rest > 0 ? `"${source.slice(0, SOURCE_LIMIT)}"[truncated ${rest} chars]` : `"${source}"`;
}

function position(source: string, offset: number): string {
  const lines = source.slice(0, offset).split("\n");
  return `line: ${lines.length}, column: ${(lines.at(-1)?.length ?? 0) + 1}`;
}
