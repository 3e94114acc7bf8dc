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

test("without a command it prints the help", async () => {
  expect(await hearth([])).toMatchObject({ code: 0, out: expect.stringContaining("hearth usage") });
});

test("every command prints the help with --help", async () => {
  for (const args of [["accounts", "--help"], ["keys", "create", "-h"], ["usage", "--help"], ["help"]]) {
    expect(await hearth(args)).toMatchObject({ code: 0, out: expect.stringContaining("hearth usage"), complaint: "" });
  }
});

test("a command without an action, or with an unknown one, lists its actions", async () => {
  expect(await hearth(["keys"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("hearth keys needs an action: list, create, rotate, disable, enable or delete"),
  });
  expect(await hearth(["accounts", "remove"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("; not remove"),
  });
});

test("an unknown command, option or argument ends with code 2", async () => {
  expect(await hearth(["usages"])).toMatchObject({ code: 2, complaint: expect.stringContaining("no command usages") });
  expect(await hearth(["usage", "--form", "x"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("--form"),
  });
  expect(await hearth(["usage", "all"])).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("unexpected argument: all"),
  });
});

test("usage sends a request signed with the caller's key", async () => {
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
  expect(result).toMatchObject({ code: 0, out: "No usage in this period." });
  expect(seen.url).toBe("/_hearth/usage?from=2026-01-01");
  expect(seen.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAOWNER\/\d{8}\/us-east-1\/hearth\/aws4_request/);
});

test("a failed connection names the endpoint", async () => {
  const result = await hearth(["usage"], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  expect(result).toMatchObject({ code: 1, complaint: expect.stringContaining("http://127.0.0.1:1") });
});
