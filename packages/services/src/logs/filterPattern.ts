import { compileLogPattern, InvalidLogPattern, type LogPattern } from "@hearth/patterns";
import { InvalidParameterException } from "./errors.ts";

/** Compiles a filter pattern; one that is wrong is the caller's error. */
export function filterPattern(pattern: string): LogPattern {
  try {
    return compileLogPattern(pattern);
  } catch (error) {
    if (error instanceof InvalidLogPattern) throw new InvalidParameterException(error.message);
    throw error;
  }
}
