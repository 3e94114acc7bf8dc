import { AwsError } from "@hearth/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { canonicalRequest } from "../canonicalRequest.ts";
import { readClaim } from "../claim.ts";
import type { BoundOperation, Protocol, Service } from "../operation.ts";
import type { RawRequest } from "../rawRequest.ts";
import { AwsJsonProtocol } from "./awsJson.ts";
import { QueryProtocol } from "./query.ts";
import { RestJsonProtocol } from "./restJson.ts";
import { RestXmlProtocol } from "./restXml.ts";
import { RpcV2CborProtocol } from "./rpcV2Cbor.ts";
import type { ServiceProtocol } from "./serviceProtocol.ts";

const input = z.object({
  Name: z.string(),
  Count: z.number().optional(),
  On: z.boolean().optional(),
  At: z.date().optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).optional(),
  Map: z.record(z.string(), z.string()).optional(),
  List: z.array(z.string()).optional(),
});
const operation: BoundOperation = {
  name: "Do",
  input,
  http: ["POST", "/v1/things/{Name}/do", 200],
  query: { Count: "count", On: "on", At: "at", List: "list" },
  headers: { Name: "X-Name" },
  errors: [],
  run: async () => undefined,
};
const service = (protocol: Protocol): Service => ({
  signingName: "x",
  protocols: [protocol],
  targetPrefix: "N",
  operations: [operation],
  notBuilt: [{ name: "Dont", http: ["GET", "/v1/dont", 200] }],
});
const protocols: Record<string, ServiceProtocol> = {
  rest: new RestJsonProtocol(service("rest-json"), 1000),
  json: new AwsJsonProtocol(service("json-1.1"), 1000, "1.1"),
  query: new QueryProtocol(service("query"), 1000),
  xml: new RestXmlProtocol(service("rest-xml"), 1000),
  cbor: new RpcV2CborProtocol(service("rpc-v2-cbor"), 1000),
};

function post(protocol: ServiceProtocol, request: Partial<RawRequest>, body = ""): unknown {
  const target = protocol.match({ method: "POST", path: "/", search: "", headers: {}, ...request });
  return target?.read(Buffer.from(body)).input;
}

test("a form becomes lists, structures, maps, numbers, booleans and times", () => {
  const body =
    "Action=Do&Version=1&Name=a+b%2B&Count=2&On=true&At=2026-01-01T00%3A00%3A00Z&Tags.member.2.Key=k2&Tags.member.1.Key=k1&Tags.member.1.Value=v&Map.entry.1.key=x&Map.entry.1.value=y&List=&Other=1";
  expect(post(protocols["query"]!, {}, body)).toEqual({
    Name: "a b+",
    Count: 2,
    On: true,
    At: new Date("2026-01-01T00:00:00Z"),
    Tags: [{ Key: "k1", Value: "v" }, { Key: "k2" }],
    Map: { x: "y" },
    List: [],
  });
});

test("a path is split before it is decoded, and query parameters take their types", () => {
  expect(
    post(protocols["rest"]!, { path: "/v1/things/a%2Fb%3Ac/do", search: "count=3&on=false&list=a&list=b%20c" }),
  ).toEqual({
    Name: "a/b:c",
    Count: 3,
    On: false,
    List: ["a", "b c"],
  });
  expect(protocols["rest"]!.match({ method: "POST", path: "/v1/things//do", search: "", headers: {} })).toBeUndefined();
});

test("a member named __proto__ is data", () => {
  const read = post(
    protocols["json"]!,
    { headers: { "x-amz-target": "N.Do" } },
    '{"__proto__":{"Name":"x"},"Map":{"__proto__":{"a":1}}}',
  ) as object;
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect((read as { Name?: string }).Name).toBeUndefined();
  expect(({} as { a?: number }).a).toBeUndefined();
});

const junk = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json({ maxDepth: 6 }),
  fc.constantFrom(
    "%",
    "%zz",
    "%C3%28",
    "__proto__.a=1&Action=Do",
    "a.".repeat(40) + "=1",
    "[".repeat(5000),
    "<a>".repeat(5000),
    "<Do><Name>&#xD800;</Name><Tags/></Do>",
    "\x81".repeat(5000),
    '{"a":'.repeat(500),
  ),
);
const junkPath = fc
  .oneof(
    junk,
    fc.tuple(junk, junk).map(([a, b]) => `/v1/things/${a}/${b}`),
    junk.map((a) => `/v1/things/${a}/do`),
    fc.constant("/service/N/operation/Do"),
  )
  .map((path) => `/${path.replace(/^\/+/, "").replaceAll("?", "")}`);
const junkHeaders = fc.dictionary(
  fc.constantFrom("x-amz-target", "x-name", "content-type", "authorization", "x-amz-date", "host"),
  fc.oneof(junk, fc.constant("N.Do")),
);

test("decoding any request gives an input or a client error", () => {
  const property = fc.property(
    fc.constantFrom(...Object.values(protocols)),
    fc.constantFrom("GET", "POST", "X"),
    junkPath,
    junk,
    junkHeaders,
    junk,
    (protocol, method, path, search, headers, body) => {
      const request: RawRequest = { method, path, search, headers };
      try {
        const target = protocol.match(request);
        if (target) input.safeParse(target.read(Buffer.from(body)).input);
        else expect(protocol.unknown(request).httpStatus).toBeLessThan(500);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
        expect((error as AwsError).httpStatus).toBeGreaterThanOrEqual(400);
        expect((error as AwsError).httpStatus).toBeLessThan(500);
        expect(() => protocol.encodeError(error as AwsError, "id")).not.toThrow();
      }
    },
  );
  fc.assert(property, { numRuns: 3000 });
});

test("any Authorization header or pre-signed query is read as a claim, as none, or is a client error", () => {
  const credential = fc.oneof(junk, fc.constant("AKID/20260101/us-east-1/lambda/aws4_request"));
  const authorization = fc.oneof(
    junk,
    fc
      .tuple(credential, junk, junk)
      .map(([c, s, x]) => `AWS4-HMAC-SHA256 Credential=${c}, SignedHeaders=${s}, Signature=${x}`),
  );
  const search = fc.oneof(
    junk,
    fc
      .tuple(junk, junk, junk)
      .map(
        ([c, d, e]) =>
          `X-Amz-Credential=${c}&X-Amz-Date=${d}&X-Amz-Expires=${e}&X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host`,
      ),
  );
  const property = fc.property(fc.option(authorization, { nil: undefined }), search, junkPath, (auth, query, path) => {
    const request: RawRequest = {
      method: "GET",
      path,
      search: query,
      headers: { "x-amz-date": "20260101T000000Z", ...(auth === undefined ? {} : { authorization: auth }) },
    };
    try {
      const claim = readClaim(request);
      if (claim)
        canonicalRequest({
          request,
          service: "lambda",
          signedHeaders: claim.signedHeaders,
          names: claim.signedHeaders.split(";"),
          payloadHash: "",
        });
    } catch (error) {
      expect(error).toBeInstanceOf(AwsError);
    }
  });
  fc.assert(property, { numRuns: 3000 });
});
