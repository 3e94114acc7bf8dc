import { expect, test } from "vitest";
import { readClaim } from "./claim.ts";

const SIGNED = "host;x-amz-date";
const hex = (digit: string): string => digit.repeat(64);
const head = (key: string): string =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=${SIGNED}, Signature=`;

function claimOf(authorization: string, more: Readonly<Record<string, string>> = {}) {
  const headers = { host: "localhost", "x-amz-date": "20260101T000000Z", authorization, ...more };
  return readClaim({ method: "POST", path: "/", search: "", headers });
}

test("requests that begin with the same header have their own signatures, dates and tokens", () => {
  const first = claimOf(`${head("AKIDSAME")}${hex("a")}`);
  const token = { "x-amz-security-token": "token", "x-amz-date": "20260101T000001Z" };
  const second = claimOf(`${head("AKIDSAME")}${hex("b")}`, token);
  expect(first).toMatchObject({ accessKeyId: "AKIDSAME", signature: hex("a"), date: "20260101T000000Z" });
  expect(first?.securityToken).toBeUndefined();
  expect(second).toEqual({ ...first, signature: hex("b"), date: "20260101T000001Z", securityToken: "token" });
  expect(claimOf(`${head("AKIDSAME")}${hex("a")}`)).toEqual(first);
});

test("fields after the signature do not change how the requests of others are read", () => {
  const other = ",Credential=OTHER/20260101/us-east-1/dynamodb/aws4_request".padStart(64, "0");
  expect(claimOf(`${head("AKIDVICTIM")}${other}`)?.accessKeyId).toBe("OTHER");
  expect(claimOf(`${head("AKIDVICTIM")}${hex("c")}`)?.accessKeyId).toBe("AKIDVICTIM");
});

test("a request without a date is refused also when others with its header had one", () => {
  const authorization = `${head("AKIDDATE")}${hex("d")}`;
  claimOf(authorization);
  expect(() => claimOf(authorization, { "x-amz-date": "" })).toThrow("existence of either a 'X-Amz-Date'");
});
