import type { LogPattern } from "@hearth/patterns";
import { InvalidParameterException } from "../errors.ts";
import { type LogThreads, LogThreadTimeout } from "../threads/logThreads.ts";

/** Of one chunk at most. */
const TIMEOUT_MS = 10_000;

/**
 * Which messages match. A pattern with regular expressions is judged in a thread, because an expression may take a second for one long line; the others
 * cost so little that a thread would cost more.
 */
export async function matchInThread(
  threads: LogThreads,
  { regexes, matches }: LogPattern,
  pattern: string,
  messages: readonly string[],
): Promise<readonly boolean[]> {
  if (regexes === 0) return messages.map((message) => matches(message));
  using thread = await threads.take();
  try {
    return await thread.call("matchMessages", { pattern, messages }, TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof LogThreadTimeout)) throw error;
    throw new InvalidParameterException("The filter pattern takes too long.");
  }
}
