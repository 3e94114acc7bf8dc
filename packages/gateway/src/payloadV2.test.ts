import { expect, test } from "vitest";
import { eventV1 } from "./payloadV1.ts";
import { eventV2 } from "./payloadV2.ts";
import { fakeRequest } from "./testing/fakeRequest.ts";

const facts = {
  accountId: "anonymous",
  apiId: "abc",
  domainName: "abc.lambda-url.us-east-1.example.org",
  domainPrefix: "abc",
  routeKey: "$default",
  stage: "$default",
};
const factsV1 = {
  ...facts,
  ...{ resource: "/", resourceId: "$default", path: "/", contextPath: "/", pathParameters: null, stageVariables: null },
};

interface Event {
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = [
  "a",
  "b",
  "%",
  "%2",
  "%41",
  "%C3%BC",
  "%FF",
  "%00",
  "+",
  "=",
  "&",
  ";",
  "[]",
  "__proto__",
  "constructor",
  "é",
  "/",
  "..",
  "'",
  '"',
  "\\",
  "<",
  "%0d%0a",
  "%EF%BB%BF",
  "%ED%A0%80",
];
const NAMES = [
  "x-a",
  "X-A",
  "__proto__",
  "constructor",
  "toString",
  "Cookie",
  "Transfer-Encoding",
  "Connection",
  "x-hearth-forwarded",
  "X-Forwarded-For",
  "x-forwarded-proto",
  "Content-Type",
  "hasOwnProperty",
];

test("any query, header and body becomes an event that says the same, or nothing that it must not say", () => {
  const next = numbers(17);
  const text = (pieces: readonly string[], most: number): string =>
    Array.from({ length: next(most) }, () => pieces[next(pieces.length)]).join("");
  for (let round = 0; round < 1_000; round++) {
    const query = text(PIECES, 12);
    const headers = Array.from(
      { length: next(8) },
      () => [NAMES[next(NAMES.length)] ?? "", text(["v", " ", ",", ";", "=", "é", '"'], 6)] as const,
    );
    const body = Buffer.from(Array.from({ length: next(20) }, () => next(256)));
    const request = fakeRequest({ method: "POST", url: `/${text(["a", "%2F", "..", "/", "%"], 6)}?${query}`, headers });
    const json = eventV2(request, body, { ...facts, path: request.path }).toString();
    const event = JSON.parse(json) as Event;
    const told = `${query} ${JSON.stringify(headers)}`;

    expect(event.rawQueryString, told).toBe(query);
    const sent = new Map<string, string[]>();
    for (const part of query.split("&").filter((it) => it !== "")) {
      const [name = "", ...rest] = part.split("=");
      const key = decoded(name);
      sent.set(key, [...(sent.get(key) ?? []), decoded(rest.join("="))]);
    }
    const parameters = Object.entries(event.queryStringParameters ?? {});
    expect(new Map(parameters), told).toEqual(new Map([...sent].map(([name, values]) => [name, values.join(",")])));

    const passedOn = (name: string): boolean =>
      !/^(cookie|transfer-encoding|connection|x-hearth-.*|x-forwarded-.*)$/.test(name);
    for (const name of new Set(headers.map(([it]) => it.toLowerCase()))) {
      const values = headers.filter(([it]) => it.toLowerCase() === name).map(([, value]) => value);
      const seen = Object.entries(event.headers).find(([it]) => it === name)?.[1];
      if (passedOn(name)) expect(seen, told).toBe(values.join(","));
      else if (!name.startsWith("x-forwarded-")) expect(seen, told).toBeUndefined();
    }
    expect(event.headers["x-forwarded-for"], told).toBe("192.0.2.1");
    expect(event.headers["x-forwarded-proto"], told).toBe("http");
    expect(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"), told).toEqual(body);

    const one = JSON.parse(eventV1(request, body, { ...factsV1, isBase64Encoded: true }).toString()) as {
      readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null;
      readonly queryStringParameters: Readonly<Record<string, string>> | null;
    };
    expect(new Map(Object.entries(one.multiValueQueryStringParameters ?? {})), told).toEqual(sent);
    expect(new Map(Object.entries(one.queryStringParameters ?? {})), told).toEqual(
      new Map([...sent].map(([name, values]) => [name, values.at(-1)])),
    );
  }
  expect(({} as Record<string, unknown>)["v"]).toBeUndefined();
});

function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

test("the event is that of AWS's documentation", () => {
  const request = fakeRequest({
    url: "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
    headers: [
      ["Header1", "value1"],
      ["header1", "value2"],
      ["Cookie", "cookie1=a; cookie2=b"],
      ["User-Agent", "agent"],
    ],
  });
  const event = JSON.parse(eventV2(request, Buffer.alloc(0), { ...facts, path: request.path }).toString()) as Event;
  expect(event).toMatchObject({
    version: "2.0",
    rawPath: "/my/path",
    rawQueryString: "parameter1=value1&parameter1=value2&parameter2=value",
    cookies: ["cookie1=a", "cookie2=b"],
    headers: { header1: "value1,value2" },
    queryStringParameters: { parameter1: "value1,value2", parameter2: "value" },
    requestContext: {
      http: { method: "GET", path: "/my/path", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
      time: "10/Apr/2026:13:30:05 +0000",
    },
    isBase64Encoded: false,
  });
  expect(event).not.toHaveProperty("body");
});
