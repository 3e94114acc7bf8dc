import { Reply } from "@hearth/wire";

/** A list is its element again and again; what is `undefined` is left out. */
export type Xml = string | number | boolean | Date | undefined | readonly Xml[] | { readonly [name: string]: Xml };

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** An answer of S3 with a body. */
export function xmlReply(
  root: string,
  content: { readonly [name: string]: Xml } | string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = `${DECLARATION}<${root} xmlns="${NAMESPACE}">${inner(content)}</${root}>`;
  return new Reply(200, { "Content-Type": "application/xml", ...headers }, Buffer.from(body));
}

/** An answer without a body. Headers without a value are left out. */
export function headersReply(status: number, headers: Readonly<Record<string, string | undefined>> = {}): Reply {
  return new Reply(status, present(headers), null);
}

export function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function inner(value: Exclude<Xml, undefined | readonly Xml[]>): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return escaped(String(value));
  return Object.entries(value as { readonly [name: string]: Xml })
    .map(([name, member]) => element(name, member))
    .join("");
}

function element(name: string, value: Xml): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return (value as readonly Xml[]).map((item) => element(name, item)).join("");
  return `<${name}>${inner(value as Exclude<Xml, undefined | readonly Xml[]>)}</${name}>`;
}

/** Control characters are written as references, as S3 does: strict parsers refuse them, which is why clients ask for `encoding-type=url`. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
    .replace(/[^\P{Cc}\t\n\x7F-\x9F]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
}
