import { SerializationException } from "@hearth/model";

/** An element as it was read; names are without their namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 64;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
/** Matches one token: comment, processing instruction, CDATA, end tag, start tag or text. */
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s<>=/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([^\s<>=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Parses a document and returns its root element. Supports what AWS's clients send. Refuses a document type declaration, as AWS does,
 * because of the entities it can define.
 */
export function readXml(text: string): XmlElement {
  const root: XmlElement = { name: "", attributes: new Map(), children: [], text: "" };
  const open: XmlElement[] = [root];
  const token = new RegExp(TOKEN);
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw malformed();
    const [, data, closed, opened, attributes = "", empty, characters] = match;
    const current = open.at(-1) as XmlElement;
    if (data !== undefined) current.text += data;
    else if (characters !== undefined) current.text += unescape(characters);
    else if (closed !== undefined) {
      if (open.length === 1 || localName(closed) !== current.name) throw malformed();
      open.pop();
    } else if (opened !== undefined) {
      const element = { name: localName(opened), attributes: attributesOf(attributes), children: [], text: "" };
      current.children.push(element);
      if (empty !== "/") open.push(element);
      if (open.length > MAX_DEPTH) throw malformed();
    }
  }
  const [only, ...more] = root.children;
  if (open.length !== 1 || !only || more.length > 0 || root.text.trim() !== "") throw malformed();
  return only;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    attributes.set(localName(name ?? ""), unescape(double ?? single ?? ""));
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function unescape(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g,
    (_, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined && Object.hasOwn(ENTITIES, name)) return ENTITIES[name] as string;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (!(code <= 0x10ffff)) throw malformed();
      return String.fromCodePoint(code);
    },
  );
}

function malformed(): SerializationException {
  return new SerializationException(
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
