import { compileEventPattern } from "@hearth/patterns";

/** Whether `text` is a valid filter pattern. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export function isFilterPattern(text: string): boolean {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    return false;
  }
  return isPattern(pattern) && compiles(text);
}

/** The pattern language's own rules, which a poller will apply. */
function compiles(text: string): boolean {
  try {
    compileEventPattern(text);
    return true;
  } catch {
    return false;
  }
}

function isPattern(value: unknown): boolean {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(([key, member]) =>
      key === "$or"
        ? Array.isArray(member) && member.length > 0 && member.every(isPattern)
        : Array.isArray(member)
          ? member.length > 0 && member.every(isRule)
          : isPattern(member),
    )
  );
}

/** One rule of a field: a plain value, or an object with one operator. */
function isRule(rule: unknown): boolean {
  if (rule === null || isText(rule) || isNumber(rule) || typeof rule === "boolean") return true;
  if (!isObject(rule)) return false;
  const [entry, ...more] = Object.entries(rule);
  if (!entry || more.length > 0) return false;
  const [operator, operand] = entry;
  switch (operator) {
    case "exists":
      return typeof operand === "boolean";
    case "prefix":
    case "suffix":
      return isText(operand) || isIgnoringCase(operand);
    case "equals-ignore-case":
    case "wildcard":
    case "cidr":
      return isText(operand);
    case "numeric":
      return isRange(operand);
    case "anything-but":
      return isAnythingBut(operand);
    default:
      return false;
  }
}

function isAnythingBut(operand: unknown): boolean {
  if (isText(operand) || isNumber(operand)) return true;
  if (Array.isArray(operand)) return operand.length > 0 && (operand.every(isText) || operand.every(isNumber));
  if (!isObject(operand)) return false;
  const [entry, ...more] = Object.entries(operand);
  if (!entry || more.length > 0 || !["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(entry[0]))
    return false;
  return isText(entry[1]) || (Array.isArray(entry[1]) && entry[1].length > 0 && entry[1].every(isText));
}

/** `["=", 1]`, `[">", 1]` or `[">", 1, "<=", 2]`. */
function isRange(operand: unknown): boolean {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return false;
  return operand.every((part: unknown, index) =>
    index % 2 === 1
      ? isNumber(part)
      : (operand.length === 2 ? ["=", "<", "<=", ">", ">="] : index === 0 ? [">", ">="] : ["<", "<="]).includes(
          part as string,
        ),
  );
}

function isIgnoringCase(operand: unknown): boolean {
  return isObject(operand) && Object.keys(operand).length === 1 && isText(operand["equals-ignore-case"]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
