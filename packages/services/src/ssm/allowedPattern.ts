import { RE2JS, RE2JSException } from "re2js";
import { InvalidAllowedPatternException, ParameterPatternMismatchException } from "./errors.ts";

/** Throws AWS's error for a value that the pattern does not match. The pattern is an account's own, so it runs on an engine of linear time. */
export function checkAllowedPattern(AllowedPattern: string | undefined, Value: string): void {
  if (AllowedPattern === undefined || AllowedPattern === "") return;
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(AllowedPattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new InvalidAllowedPatternException(
      `Parameter AllowedPattern is not a valid regular expression: ${error.message}`,
    );
  }
  if (!pattern.matcher(Value).find()) {
    throw new ParameterPatternMismatchException(
      `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
    );
  }
}
