import { RE2JS } from "re2js";
import { InvalidLogPattern } from "./invalidLogPattern.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html: no parentheses, nothing outside of ASCII. */
const SUPPORTED = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+. ]*$/;
const ESCAPES = /\\(.?)/g;
const SUPPORTED_ESCAPES = /^[dDsSwWxbB^$?[\]{}|\\*+.()\-/%&<>'"`~!@#=:;,_ ]$/;
const REPEAT = /\{(\d+)(?:,(\d*))?\}/g;
/** RE2 writes a repetition out: this bounds its program, and with it the time that a character can take. */
const MAX_REPEATED = 255;
const MAX_LENGTH = 1024;

/** A test whether a part of a text matches, by an engine whose time is in proportion to the text (no backtracking). Throws `InvalidLogPattern`. */
export function logRegex(source: string): (text: string) => boolean {
  const refuse = (reason: string): never => {
    throw new InvalidLogPattern(`Invalid regular expression '%${source}%': ${reason}`);
  };
  if (source === "") refuse("it is empty");
  if (source.length > MAX_LENGTH) refuse(`it is longer than ${MAX_LENGTH} characters`);
  const withoutEscapes = source.replace(ESCAPES, (_, escaped: string) => {
    if (!SUPPORTED_ESCAPES.test(escaped)) refuse(`the escape '\\${escaped}' is not supported`);
    return "";
  });
  if (!SUPPORTED.test(withoutEscapes)) refuse("it contains characters that are not supported");
  let repeated = 0;
  for (const [, least = "", most] of withoutEscapes.matchAll(REPEAT))
    repeated += Math.max(Number(least), Number(most ?? 0));
  if (repeated > MAX_REPEATED) refuse(`it repeats more than ${MAX_REPEATED} times`);
  const compiled = compile(source, refuse);
  return (text) => compiled.test(text);
}

function compile(source: string, refuse: (reason: string) => never): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
