import { EventPatternIndex } from "./eventPatternIndex.ts";
import { parseEventPattern } from "./parseEventPattern.ts";

export interface CompiledEventPattern {
  /** Whether the pattern matches `event`, which is parsed JSON. */
  matches(event: unknown): boolean;
}

/** Compiles one event pattern, such as a filter of an event source mapping. Throws {@link InvalidEventPattern} with AWS's reason. */
export function compileEventPattern(text: string): CompiledEventPattern {
  const index = new EventPatternIndex([[parseEventPattern(text), true]]);
  return { matches: (event) => index.match(event).size > 0 };
}
