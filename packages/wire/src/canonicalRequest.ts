import type { IncomingHttpHeaders } from "node:http";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";

/** RFC 3986 encoding as AWS signs it: only letters, digits and `-._~` stay. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const PLAIN_PATH = /^[\w\-.~/]*$/;

/**
 * The path as Signature Version 4 signs it: the raw, already encoded path is encoded once more, segment by segment.
 * S3 alone signs it as it is. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalPath(path: string, service: string): string {
  if (service === "s3") return path;
  const plain = PLAIN_PATH.test(path);
  if (plain && !path.includes("//") && !path.includes("/.")) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(encodeRfc3986(segment));
  }
  return `/${kept.join("/")}${kept.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

/** The query sorted by encoded name and value, every part in AWS's encoding; the pair named `except` is left out. */
export function canonicalQuery(search: string, except?: string): string {
  if (search === "") return "";
  const pairs: [string, string][] = [];
  for (const [name, value] of queryPairs(search)) {
    if (name !== except) pairs.push([encodeRfc3986(name), encodeRfc3986(value)]);
  }
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** Clients of HTTP/2 sign `:authority`, which is Host where the request was passed on over HTTP/1.1. */
function canonicalHeaders(headers: IncomingHttpHeaders, names: readonly string[]): string {
  let text = "";
  for (const name of names) {
    const value = header(headers, name) ?? (name === ":authority" ? headers.host : undefined) ?? "";
    text += `${name}:${value.includes("  ") ? value.replace(/ {2,}/g, " ") : value}\n`;
  }
  return text;
}

export interface Signed {
  readonly request: RawRequest;
  readonly service: string;
  /** As listed, joined by `;`. */
  readonly signedHeaders: string;
  readonly names: readonly string[];
  readonly payloadHash: string;
  /** The query parameter that holds the signature itself. */
  readonly except?: string;
}

/** The text whose hash is signed. */
export function canonicalRequest(signed: Signed): string {
  const { request, service, names } = signed;
  return (
    `${request.method}\n${canonicalPath(request.path, service)}\n${canonicalQuery(request.search, signed.except)}\n` +
    `${canonicalHeaders(request.headers, names)}\n${signed.signedHeaders}\n${signed.payloadHash}`
  );
}
