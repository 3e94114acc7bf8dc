import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { COMMANDS } from "./commands.ts";
import { run } from "./run.ts";

class Enough extends Error {}

async function hearth(
  args: string[],
  env: Record<string, string> = {},
  { onOut = () => undefined, sleep }: { onOut?: (text: string) => void; sleep?: (ms: number) => Promise<void> } = {},
) {
  const said = { out: "", complaint: "" };
  const code = await run(args, {
    env,
    out: (text) => {
      said.out += text;
      onOut(text);
    },
    complain: (text) => void (said.complaint += text),
    sleep: sleep ?? (() => Promise.reject(new Error("no command of this test waits"))),
  });
  return { code, ...said };
}

test("without a command it prints the help, which has every command", async () => {
  const { code, out } = await hearth([]);
  expect(code).toBe(0);
  for (const { name, summary } of COMMANDS)
    expect(out).toMatch(new RegExp(`^  ${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, "m"));
});

test("the help of a command has its usage, every option and an example", async () => {
  for (const { name, options } of COMMANDS) {
    const { code, out, complaint } = await hearth([...name.split(" "), "--help"]);
    expect({ code, complaint }).toEqual({ code: 0, complaint: "" });
    expect(out).toContain(`Usage:\n  hearth ${name}`);
    for (const option of Object.keys(options)) expect(out).toMatch(new RegExp(`^  (-\\w, )?--${option} `, "m"));
    expect(out).toMatch(/Examples:\n.*hearth /);
  }
});

test("help is also asked for by -h, and by help before the command", async () => {
  const { out } = await hearth(["keys", "create", "--help"]);
  expect(await hearth(["keys", "create", "-h"])).toMatchObject({ code: 0, out });
  expect(await hearth(["help", "keys", "create"])).toMatchObject({ code: 0, out });
});

test("the help of a word that begins commands has all of them", async () => {
  const { out } = await hearth(["keys", "--help"]);
  for (const action of ["list", "create", "rotate", "disable", "enable", "delete"]) {
    expect(out).toContain(`hearth keys ${action}: `);
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

test.each([
  [["usages"], "no command usages"],
  [["usage", "--form", "x"], "--form"],
  [["usage", "all"], "unexpected argument: all"],
  [["keys", "rotate"], "KEY is missing"],
  [["logs"], "FUNCTION is missing"],
  [["lint"], "lint needs a FUNCTION or --all"],
  [["lint", "hello", "--all"], "lint needs a FUNCTION or --all"],
  [["usage", "--service", "logs"], "--service needs --services"],
  [["completion", "csh"], "bash, zsh or fish, not csh"],
])("%j ends with code 2", async (args, complaint) => {
  expect(await hearth(args)).toMatchObject({ code: 2, out: "", complaint: expect.stringContaining(complaint) });
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

test.each(["usage", "status", "accounts list"])("%s names the endpoint to which it cannot connect", async (command) => {
  const result = await hearth(command.split(" "), { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  expect(result).toMatchObject({ code: 1, complaint: expect.stringContaining("http://127.0.0.1:1") });
});

test("an endpoint that is no URL is named", async () => {
  const result = await hearth(["usage"], { AWS_ENDPOINT_URL: "localhost:4566" });
  expect(result).toMatchObject({ code: 1, complaint: expect.stringContaining("AWS_ENDPOINT_URL=localhost:4566") });
});

test.each(["usage", "status"])("%s says when the endpoint is another program", async (command) => {
  const server = createServer((_request, response) => response.end("<html></html>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const result = await hearth([command], { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  server.close();
  expect(result).toMatchObject({ code: 1, complaint: expect.stringContaining("not as Hearth does") });
});

test("audit --follow waits and asks again from the same position when it is throttled", async () => {
  const event = { time: "2026-01-01T00:00:00Z", operation: "CreateLogGroup" };
  const throttled = { status: 429, body: { message: "Too many clients follow the audit trail." } };
  const answers = [
    throttled,
    { status: 200, body: { events: [], position: "7" } },
    throttled,
    throttled,
    { status: 200, body: { events: [event], position: "8" } },
  ];
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://h").searchParams.get("position"));
    const answer = answers.shift();
    response.writeHead(answer?.status ?? 500).end(JSON.stringify(answer?.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const waits: number[] = [];
  const printed: string[] = [];
  const followed = hearth(
    ["audit", "--follow", "--json"],
    { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    {
      sleep: (ms) => Promise.resolve(void waits.push(ms)),
      onOut: (text) => {
        printed.push(text);
        throw new Enough();
      },
    },
  );
  await expect(followed).rejects.toBeInstanceOf(Enough);
  server.close();
  expect(asked).toEqual([null, null, "7", "7", "7"]);
  expect(waits).toEqual([2_000, 2_000, 2_000]);
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([event]);
});
