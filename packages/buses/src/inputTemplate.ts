/** A template of an input transformer: literal texts, and placeholders between them. */
export interface InputTemplate {
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart =
  | { readonly text: string }
  /** `isQuoted`: it stands within a JSON string. */
  | { readonly name: string; readonly isQuoted: boolean };

/** Variables that every template has, and rules may not define. */
export const RESERVED_VARIABLES = [
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event.ingestion-time",
  "aws.events.event",
  "aws.events.event.json",
] as const;

/** Splits a template at its placeholders. `<` without a name and `>` behind it is text. */
export function parseInputTemplate(template: string): InputTemplate {
  const parts: TemplatePart[] = [];
  let text = "";
  let isQuoted = false;
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at);
    const name = character === "<" ? nameFrom(template, at + 1) : undefined;
    if (name !== undefined) {
      if (text !== "") parts.push({ text });
      text = "";
      parts.push({ name, isQuoted });
      at += name.length + 1;
      continue;
    }
    text += character;
    if (character === "\\" && isQuoted) text += template.charAt(++at);
    else if (character === '"') isQuoted = !isQuoted;
  }
  if (text !== "") parts.push({ text });
  return { parts };
}

/**
 * The output of a template, with `valueOf` each variable; a variable without a value leaves an empty text within strings, and null elsewhere. What is longer
 * than `maxLength` is cut to one character more: a template may name a large value thousands of times.
 */
export function fillInputTemplate(
  { parts }: InputTemplate,
  valueOf: (name: string) => unknown,
  maxLength = Infinity,
): string {
  let output = "";
  for (const part of parts) {
    output += "text" in part ? part.text : part.isQuoted ? quoted(valueOf(part.name)) : bare(valueOf(part.name));
    if (output.length > maxLength) return output.slice(0, maxLength + 1);
  }
  return output;
}

/** Whether what the template makes is JSON, or lines of which each is a JSON string. */
export function isJsonTemplate(template: InputTemplate): boolean {
  const sample = fillInputTemplate(template, () => 0);
  return isJson(sample) || sample.split("\n").every((line) => line.trim() === "" || isJson(line));
}

function nameFrom(template: string, start: number): string | undefined {
  let end = start;
  while (end < template.length && isNameCharacter(template.charCodeAt(end))) end++;
  return end > start && template.charAt(end) === ">" ? template.slice(start, end) : undefined;
}

/** `A-Z a-z 0-9 _ - .` */
function isNameCharacter(code: number): boolean {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter || (code >= 48 && code <= 57) || code === 95 || code === 45 || code === 46;
}

function quoted(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : bare(value);
  return JSON.stringify(text).slice(1, -1);
}

function bare(value: unknown): string {
  return value instanceof RawJson ? value.text : (JSON.stringify(value) ?? "null");
}

/** A value that is JSON already. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
