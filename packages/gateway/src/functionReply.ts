import { parsedJson } from "@hearth/kit";
import { isUtf8 } from "node:buffer";
import type { HttpReply } from "./httpEndpoint.ts";

/** What a function returned is no answer of the form that its endpoint asks for. */
export class MalformedAnswer extends Error {}

/** Headers of answers that belong to the platform: what a function sends under such a name goes out as `x-amzn-remapped-<name>`. */
export const REMAPPED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "www-authenticate",
]);

const JSON_TYPE = "application/json";
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What may not be in a header's value: line breaks and other control characters. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const WITHOUT_BODY = new Set([204, 205, 304]);

/** What payload format 2.0 says about an answer besides its body. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/**
 * The reply for an answer in payload format 2.0: an object with `statusCode` says status, headers, cookies and body; anything else is the body of a 200,
 * a string without its quotes and JSON exactly as the function sent it. Throws MalformedAnswer.
 */
export function replyV2(payload: Uint8Array, remapped: ReadonlySet<string> = REMAPPED): HttpReply {
  const value = parsed(payload);
  if (isObject(value) && value["statusCode"] !== undefined) {
    const head = headV2(value, remapped);
    return { ...head, body: WITHOUT_BODY.has(head.status) ? null : bodyOf(value) };
  }
  const body = typeof value === "string" ? Buffer.from(value) : payload;
  return { status: 200, headers: { "content-type": JSON_TYPE }, body };
}

/** Status, headers and cookies of an object in payload format 2.0. Throws MalformedAnswer. */
export function headV2(value: Readonly<Record<string, unknown>>, remapped: ReadonlySet<string> = REMAPPED): ReplyHead {
  const headers = headersOf(value["headers"], remapped);
  const { cookies } = value;
  if (cookies !== undefined && cookies !== null) {
    if (!Array.isArray(cookies)) throw new MalformedAnswer("cookies is not a list");
    const given = cookies.map((cookie) => headerValue("set-cookie", cookie));
    const before = headers["set-cookie"];
    const all = [...(before === undefined ? [] : [before].flat()), ...given];
    if (all.length > 0) headers["set-cookie"] = all;
  }
  headers["content-type"] ??= JSON_TYPE;
  return { status: statusOf(value["statusCode"] ?? 200), headers };
}

/**
 * The reply for an answer in payload format 1.0, of which only the object with a `statusCode` is accepted. Values of `multiValueHeaders` come besides those of
 * `headers`. `decodes`: whether base64 is decoded in an answer of this content type. Throws MalformedAnswer.
 */
export function replyV1(
  payload: Uint8Array,
  remapped: ReadonlySet<string> = REMAPPED,
  decodes: (contentType: string) => boolean = () => true,
): HttpReply {
  const value = parsed(payload);
  if (!isObject(value)) throw new MalformedAnswer("the answer is no object");
  const status = statusOf(value["statusCode"]);
  const headers = headersOf(value["headers"], remapped);
  const lists = value["multiValueHeaders"] ?? {};
  if (!isObject(lists)) throw new MalformedAnswer("multiValueHeaders is no object");
  for (const given in lists) {
    const name = outgoingName(given, remapped);
    const list = lists[given];
    if (!Array.isArray(list)) throw new MalformedAnswer(`multiValueHeaders.${given} is not a list`);
    const values = list.map((one) => headerValue(given, one));
    const before = [headers[name] ?? []].flat();
    headers[name] = [...before.filter((one) => !values.includes(one)), ...values];
  }
  headers["content-type"] ??= JSON_TYPE;
  const { body } = value;
  if (body !== undefined && body !== null && typeof body !== "string") throw new MalformedAnswer("body is no string");
  if (WITHOUT_BODY.has(status)) return { status, headers, body: null };
  const isDecoded = value["isBase64Encoded"] === true && decodes([headers["content-type"]].flat()[0] ?? "");
  return { status, headers, body: bodyOf({ body, isBase64Encoded: isDecoded }) };
}

function parsed(payload: Uint8Array): unknown {
  return isUtf8(payload) ? parsedJson(payload) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function statusOf(given: unknown): number {
  const status = typeof given === "string" && /^\d{3}$/.test(given) ? Number(given) : given;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  // The message goes to logs: it shows nothing that could be a part of the answer's body.
  const what = given === undefined ? "is missing" : typeof given === "number" ? `is ${given}` : `is a ${typeof given}`;
  throw new MalformedAnswer(`statusCode ${what}, not an HTTP status`);
}

function headersOf(given: unknown, remapped: ReadonlySet<string>): Record<string, string | string[]> {
  const headers = Object.create(null) as Record<string, string | string[]>;
  if (given === undefined || given === null) return headers;
  if (!isObject(given)) throw new MalformedAnswer("headers is no object");
  for (const name in given) {
    const value = given[name];
    if (value !== null && value !== undefined) headers[outgoingName(name, remapped)] = headerValue(name, value);
  }
  return headers;
}

function outgoingName(given: string, remapped: ReadonlySet<string>): string {
  if (!NAME.test(given)) throw new MalformedAnswer(`${JSON.stringify(given.slice(0, 100))} is no name of a header`);
  const name = given.toLowerCase();
  return remapped.has(name) ? `x-amzn-remapped-${name}` : name;
}

function headerValue(name: string, value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw new MalformedAnswer(`the value of the header ${name} is no text`);
  }
  const text = String(value);
  if (NOT_IN_VALUE.test(text)) throw new MalformedAnswer(`the header ${name} has characters that headers cannot have`);
  return text;
}

function bodyOf({ body, isBase64Encoded }: Readonly<Record<string, unknown>>): Uint8Array | null {
  if (body === undefined || body === null) return null;
  return Buffer.from(
    typeof body === "string" ? body : jsonOf(body),
    isBase64Encoded === true && typeof body === "string" ? "base64" : "utf8",
  );
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new MalformedAnswer("the body is nested too deeply"); // the stack ends
  }
}
