import { expect, test } from "vitest";
import { seenRequest } from "./seenRequest.ts";
import { fakeRequest } from "./testing/fakeRequest.ts";

const request = fakeRequest({
  url: "/a?b=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F1&X-Amz-Date=1&X-Amz-Expires=60&c=%20x&X-Amz-SignedHeaders=host&x-amz-%73ignature=s&X-Amz-Security-Token=t&X-Amz-Other=1&%=1",
  headers: [
    ["Authorization", "AWS4-HMAC-SHA256 …"],
    ["x-amz-security-token", "secret"],
    ["X-Own", "1"],
  ],
});

test("a signature and its session, in headers and query, stay with the platform", () => {
  const seen = seenRequest(request, "AWS_IAM");
  expect(seen.query).toBe("b=1&c=%20x&X-Amz-Other=1&%=1");
  expect(seen.header("x-own")).toBe("1");
  expect([seen.header("authorization"), seen.header("x-amz-security-token")]).toEqual([undefined, undefined]);
  expect(seenRequest(fakeRequest({ url: "/?X-Amz-Signature=s" }), "AWS_IAM").query).toBe("");
});

test("where no signature is demanded, everything is the client's own", () => {
  expect(seenRequest(request, "NONE")).toBe(request);
  expect(seenRequest(request, undefined)).toBe(request);
});
