import { AccessDeniedException } from "@hearth/model";
import { presignUrl } from "@hearth/wire";
import { expect, test, vi } from "vitest";
import { fakeRequest, HOST } from "../testing/fakeRequest.ts";
import { SignedCallers } from "./signedCallers.ts";

const KEY = { accessKeyId: "test", secretAccessKey: "test" };

test("a request that a web page could have signed is refused before its signature is looked at", async () => {
  const signatures = { admit: vi.fn(), verifyHead: vi.fn(), verifyBody: vi.fn() };
  const refusal = new AccessDeniedException("Requests of web pages are refused");
  const check = vi.fn(() => {
    throw refusal;
  });
  const callers = new SignedCallers(signatures, "lambda", { check });
  const options = { method: "GET", region: "us-east-1", service: "lambda", expiresSeconds: 60, now: Date.now() };
  const { pathname, search } = new URL(presignUrl(`http://${HOST}`, "/", {}, KEY, options));
  const request = fakeRequest({ url: `${pathname}${search}`, headers: [["Origin", "https://evil.example"]] });
  await expect(callers.of(request)).rejects.toBe(refusal);
  expect(check).toHaveBeenCalledWith(expect.objectContaining({ origin: "https://evil.example" }));
  expect(signatures.admit).not.toHaveBeenCalled();
});
