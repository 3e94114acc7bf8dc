import { expect, test } from "vitest";
import { readClaim } from "./claim.ts";
import { SignatureVerifier } from "./sigv4.ts";
import { signJsonRequest } from "./signJsonRequest.ts";

const now = Date.UTC(2026, 10, 29, 12);
const key = { accessKeyId: "server", secretAccessKey: "secret" };
const verifier = new SignatureVerifier({
  findAccessKey: () => ({ secretAccessKey: "secret", caller: {} as never }),
  clock: { now: () => now } as never,
  regions: ["eu-west-1"],
});

function verify(headers: Readonly<Record<string, string>>, body: Uint8Array): void {
  const request = { method: "POST", path: "/", search: "", headers };
  const claim = readClaim(request);
  if (!claim) throw new Error("the request is not signed");
  const found = { secretAccessKey: "secret", caller: {} as never };
  const declared = verifier.verifyHead(claim, found, request);
  verifier.verifyBody(claim, found, request, declared, body);
}

test("a request that Hearth signs for another server has a signature that is right for its body and its target", () => {
  const body = Buffer.from('{"TableName":"t"}');
  const options = { host: "127.0.0.1:8000", region: "eu-west-1", service: "dynamodb", target: "T.GetItem", now };
  const headers = signJsonRequest(key, body, options);
  expect(() => verify(headers, body)).not.toThrow();
  expect(() => verify(headers, Buffer.from('{"TableName":"u"}'))).toThrow("signature");
  expect(() => verify({ ...headers, "x-amz-target": "T.DeleteItem" }, body)).toThrow("signature");
});
