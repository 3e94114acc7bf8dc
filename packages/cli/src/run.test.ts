import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { run } from "./run.ts";

async function hearth(args: string[], env: Record<string, string> = {}) {
  const said = { out: "", complaint: "" };
  const code = await run(args, {
    env,
    out: (text) => void (said.out += text),
    complain: (text) => void (said.complaint += text),
  });
  return { code, ...said };
}

test("without a command it explains itself", async () => {
  expect(await hearth([])).toMatchObject({ code: 0, out: expect.stringContaining("hearth usage") });
});

test("every command explains itself with --help", async () => {
  for (const args of [["accounts", "--help"], ["keys", "create", "-h"], ["usage", "--help"], ["help"]]) {
    expect(await hearth(args)).toMatchObject({ code: 0, out: expect.stringContaining("hearth usage"), complaint: "" });
  }
});

test("a command without an action says which there are", async () => {
  expect(await hearth(["keys"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("hearth keys: list, create, rotate, disable, enable or delete?"),
  });
  expect(await hearth(["accounts", "remove"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("There is no remove."),
  });
});

test("an unknown command or option is wrong use", async () => {
  expect(await hearth(["usages"])).toMatchObject({ code: 2, complaint: expect.stringContaining("no command usages") });
  expect(await hearth(["usage", "--form", "x"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("--form"),
  });
});

test("usage asks the endpoint with a signature of the caller's key", async () => {
  const seen: { url?: string | undefined; authorization?: string | undefined } = {};
  const server = createServer((request, response) => {
    Object.assign(seen, { url: request.url, authorization: request.headers.authorization });
    response.end(JSON.stringify({ usage: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const result = await hearth(["usage", "--from", "2026-01-01"], {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "AKIAOWNER",
  });
  server.close();
  expect(result).toMatchObject({ code: 0, out: "Nothing was used in this time." });
  expect(seen.url).toBe("/_hearth/usage?from=2026-01-01");
  expect(seen.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAOWNER\/\d{8}\/us-east-1\/hearth\/aws4_request/);
});

test("when nobody answers it says where it looked", async () => {
  const result = await hearth(["usage"], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  expect(result).toMatchObject({ code: 1, complaint: expect.stringContaining("http://127.0.0.1:1") });
});
