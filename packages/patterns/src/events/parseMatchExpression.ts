import { foldCase, type ValueTest } from "./eventPattern.ts";
import { networkOf, parseIp } from "./ipAddress.ts";
import type { JsonTokens } from "./jsonTokens.ts";
import { parseAnythingBut } from "./parseAnythingBut.ts";
import { parseNumericRange } from "./parseNumericRange.ts";
import { parseWildcard } from "./wildcard.ts";

const ONE_KEY = "Only one key allowed in match expression";

/** Reads an entry such as `{"prefix": "x"}`, whose brace has been read. */
export function parseMatchExpression(tokens: JsonTokens): ValueTest {
  if (tokens.next() !== "name") throw tokens.error("Match expression name not found");
  const name = tokens.text;
  const test = parseOperand(tokens, name);
  if (tokens.next() !== "}")
    throw tokens.error(name === "numeric" ? "Too many elements in numeric expression" : ONE_KEY);
  return test;
}

function parseOperand(tokens: JsonTokens, name: string): ValueTest {
  switch (name) {
    case "exactly":
      return { kind: "equals", value: text(tokens, "exact match") };
    case "prefix":
    case "suffix":
      return parseAffix(tokens, name);
    case "equals-ignore-case":
      return { kind: "ignoreCase", folded: foldCase(text(tokens, "equals-ignore-case match")) };
    case "wildcard": {
      const wildcard = parseWildcard(text(tokens, "wildcard match"));
      if (typeof wildcard === "string") throw tokens.error(wildcard);
      return { kind: "wildcard", wildcard };
    }
    case "numeric":
      if (tokens.next() !== "[") throw tokens.error("Value of numeric must be an array.");
      return parseNumericRange(tokens);
    case "exists":
      tokens.next();
      if (tokens.kind !== "true" && tokens.kind !== "false")
        throw tokens.error("exists match pattern must be either true or false.");
      return { kind: "exists", exists: tokens.kind === "true" };
    case "cidr":
      return parseCidr(tokens, text(tokens, "prefix match"));
    case "anything-but":
      return parseAnythingBut(tokens);
    default:
      throw tokens.error(`Unrecognized match type ${name}`);
  }
}

function text(tokens: JsonTokens, operator: string): string {
  if (tokens.next() !== "string") throw tokens.error(`${operator} pattern must be a string`);
  return tokens.text;
}

/** `{"prefix": "x"}` or `{"prefix": {"equals-ignore-case": "x"}}`; the same for suffix. */
function parseAffix(tokens: JsonTokens, kind: "prefix" | "suffix"): ValueTest {
  tokens.next();
  if (tokens.kind === "string") return { kind, text: tokens.text, ignoreCase: false };
  if (tokens.kind !== "{") throw tokens.error(`${kind} match pattern must be a string`);
  if (tokens.next() !== "name") throw tokens.error(`${kind} expression name not found`);
  if (tokens.text !== "equals-ignore-case") throw tokens.error(`Unsupported ${kind} pattern: ${tokens.text}`);
  if (tokens.next() !== "string") throw tokens.error("equals-ignore-case match pattern must be a string");
  const folded = foldCase(tokens.text);
  if (tokens.next() !== "}") throw tokens.error(ONE_KEY);
  return { kind, text: folded, ignoreCase: true };
}

function parseCidr(tokens: JsonTokens, operand: string): ValueTest {
  const slash = operand.indexOf("/");
  if (slash < 0 || operand.indexOf("/", slash + 1) >= 0) throw tokens.error("Malformed CIDR, one '/' required");
  const ip = parseIp(operand.slice(0, slash));
  if (!ip) throw tokens.error(`Malformed CIDR, IP address is not valid: ${operand.slice(0, slash)}`);
  const mask = operand.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(mask)) throw tokens.error("Malformed CIDR, mask bits must be an integer");
  const prefixLength = Number(mask);
  if (prefixLength > (ip.family === 4 ? 32 : 128))
    throw tokens.error(`IPv${ip.family} mask bits must be between 0 and ${ip.family === 4 ? 32 : 128}`);
  return { kind: "ip", family: ip.family, first: networkOf(ip, prefixLength), prefixLength };
}
