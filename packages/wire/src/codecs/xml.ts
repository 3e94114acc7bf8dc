const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

/** What XML 1.0 cannot hold, not even escaped. https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[^\P{Cc}\t\n\r\x7F-\x9F]|[\uFFFE\uFFFF]/gu;

/** Text safe inside an element; characters that XML cannot hold are dropped. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, "").replace(/[&<>"\r]/g, (c) => ESCAPES[c] ?? c);
}

/** A value as AWS's query protocol writes it: lists as `<member>`, times in ISO 8601 with seconds, absent members left out. */
export function toXml(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => toXml("member", item)).join("");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([member, inner]) => toXml(member, inner))
      .join("");
  }
  return escapeXml(String(value));
}
