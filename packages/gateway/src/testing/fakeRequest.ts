import type { IncomingMessage } from "node:http";
import { TrustedProxies } from "../clientAddress.ts";
import { addressOf } from "../httpAddress.ts";
import { HttpRequest } from "../httpRequest.ts";

export interface FakeRequest {
  readonly method?: string;
  /** Path and query, raw. */
  readonly url?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly peer?: string;
  readonly trusted?: readonly string[];
}

export const HOST = "abc.lambda-url.us-east-1.example.org";

/** A request as Node would hand it over, without a connection. */
export function fakeRequest({
  method = "GET",
  url = "/",
  headers = [],
  peer = "192.0.2.1",
  trusted = [],
}: FakeRequest) {
  const lines: (readonly [string, string])[] = headers.some(([name]) => name.toLowerCase() === "host")
    ? [...headers]
    : [["Host", HOST], ...headers];
  const joined: Record<string, string> = {};
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    const before = Object.hasOwn(joined, lower) ? joined[lower] : undefined;
    Object.defineProperty(joined, lower, {
      value: before === undefined ? value : `${before}, ${value}`,
      configurable: true,
      enumerable: true,
    });
  }
  const incoming = {
    ...{ method, url, httpVersion: "1.1", httpVersionMajor: 1 },
    headers: joined,
    rawHeaders: lines.flat(),
    socket: { remoteAddress: peer },
  } as unknown as IncomingMessage;
  const address = addressOf(joined["host"], url.split("?")[0] ?? "/", () => false);
  if (!address) throw new Error("the request is not for the gateway");
  return new HttpRequest(incoming, {
    address,
    requestId: "00000000-0000-4000-8000-000000000000",
    receivedAt: Date.UTC(2026, 3, 10, 13, 30, 5),
    client: new TrustedProxies(trusted).clientOf(incoming),
    channel: undefined,
    signal: () => new AbortController().signal,
    readBody: () => Promise.resolve(Buffer.alloc(0)),
  });
}
