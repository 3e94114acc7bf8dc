import { compileLogPattern } from "@hearth/patterns";

/** Which of the messages match the pattern. */
export function matchMessages({
  pattern,
  messages,
}: {
  pattern: string;
  messages: readonly string[];
}): readonly boolean[] {
  const { matches } = compileLogPattern(pattern);
  return messages.map((message) => matches(message));
}
