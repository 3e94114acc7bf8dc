/** A compiled filter pattern. Both functions take time in proportion to the message, and never throw. */
export interface LogPattern {
  /** How many regular expressions it holds; AWS limits the patterns with any per log group. */
  readonly regexes: number;
  matches(message: string): boolean;
  /** The values that the pattern names in a message that matches, as TestMetricFilter shows them: `{ "$.n": "5" }`, `{ "$ip": "127.0.0.1" }`. */
  extract(message: string): Readonly<Record<string, string>>;
}
