import { columnsPattern } from "./columnsPattern.ts";
import { InvalidLogPattern } from "./invalidLogPattern.ts";
import { jsonPattern } from "./jsonPattern.ts";
import type { LogPattern } from "./logPattern.ts";
import { Scanner } from "./scanner.ts";
import { termsPattern } from "./termsPattern.ts";

const MAX_LENGTH = 1024;

/**
 * Compiles a filter pattern of CloudWatch Logs: terms, a condition over JSON in braces, or columns in brackets. Throws `InvalidLogPattern`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileLogPattern(pattern: string): LogPattern {
  if (pattern.length > MAX_LENGTH)
    throw new InvalidLogPattern(`Invalid filter pattern: longer than ${MAX_LENGTH} characters`);
  const scanner = new Scanner(pattern.trim());
  if (scanner.sees("{")) return jsonPattern(scanner);
  return scanner.sees("[") ? columnsPattern(scanner) : termsPattern(scanner);
}
