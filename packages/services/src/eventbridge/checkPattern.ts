import { InvalidEventPattern, parseEventPattern } from "@hearth/patterns";
import { InvalidEventPatternException } from "./errors.ts";

/** Throws AWS's error for a pattern that is wrong. */
export function checkPattern(text: string): void {
  try {
    parseEventPattern(text);
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    throw new InvalidEventPatternException(`Event pattern is not valid. Reason: ${error.reason}`);
  }
}
