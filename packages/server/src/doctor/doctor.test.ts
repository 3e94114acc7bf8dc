import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../config.ts";
import { awsVersionFinding } from "./awsCli.ts";
import { dataDirectoryFindings } from "./dataDirectory.ts";
import { engineFindingsOf } from "./dockerEngine.ts";
import { doctor } from "./doctor.ts";
import type { Finding } from "./finding.ts";
import { clockFinding, nodeFinding } from "./machine.ts";
import { serverFindings } from "./servers.ts";

const deps = { clock: new SystemClock(), random: systemRandom };
const NOTHING_LISTENS = "127.0.0.1:1";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-doctor-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function examine(env: Readonly<Record<string, string>>): Promise<{ code: number; findings: readonly Finding[] }> {
  let said = "";
  const base = {
    PATH: "/nowhere",
    HEARTH_DATA: folder,
    HEARTH_DRIVER: "process",
    HEARTH_LISTEN: "127.0.0.1:0",
    HEARTH_METRICS_LISTEN: "off",
    AWS_ENDPOINT_URL: `http://${NOTHING_LISTENS}`,
  };
  const terminal = {
    env: { ...base, ...env },
    root: "/",
    out: (text: string) => void (said += text),
    complain: () => undefined,
  };
  const code = await doctor(true, terminal, deps);
  return { code, findings: JSON.parse(said) as Finding[] };
}

const of = (findings: readonly Finding[], check: string): Finding | undefined =>
  findings.find((it) => it.check === check);

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("the whole", () => {
  test("on a good machine nothing fails, and the exit code is 0; what is not ok says what to do", async () => {
    const { code, findings } = await examine({});
    expect(findings.filter(({ result }) => result === "fail")).toEqual([]);
    expect(code).toBe(0);
    for (const { result, remedy } of findings) expect(remedy === undefined).toBe(result === "ok");
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        "Node",
        "clock",
        "settings",
        "Docker Engine",
        "data directory",
        "free disk",
        "ports",
        "PostgreSQL",
        "Redis",
        "aws command",
        "Hearth",
      ]),
    );
  });

  test("named servers of S3 and DynamoDB are asked; what is wrong with them is said", async () => {
    const seen: string[] = [];
    const port = await listening(
      createServer(({ method, url = "" }, response) => {
        seen.push(`${method} ${url}`);
        if (method === "POST") return void response.writeHead(200).end('{"TableNames":[]}');
        response.writeHead(url === "/gone" ? 404 : 200).end();
      }),
    );
    const named = (address: string, more: object = {}) => ({
      ...{ HEARTH_S3_ENDPOINT: `http://${address}`, HEARTH_S3_ACCESS_KEY_ID: "a", HEARTH_S3_SECRET_ACCESS_KEY: "b" },
      HEARTH_DYNAMODB_ENDPOINT: `http://${address}`,
      ...{ HEARTH_DYNAMODB_ACCESS_KEY_ID: "a", HEARTH_DYNAMODB_SECRET_ACCESS_KEY: "b" },
      ...more,
    });
    const good = await examine(named(`127.0.0.1:${port}`));
    expect(of(good.findings, "HEARTH_S3_ENDPOINT")).toMatchObject({ result: "ok" });
    expect(of(good.findings, "HEARTH_DYNAMODB_ENDPOINT")).toMatchObject({ result: "ok" });
    expect(seen.toSorted()).toEqual(["GET /", "POST /"]);
    const given = { HEARTH_S3_GIVEN_BUCKETS: "111111111111=gone,111111111111=there" };
    const lacking = await examine(named(`127.0.0.1:${port}`, given));
    expect(of(lacking.findings, "HEARTH_S3_ENDPOINT")).toMatchObject({
      result: "warn",
      found: expect.stringMatching(/has no bucket gone$/),
    });
    const { code, findings } = await examine(named(NOTHING_LISTENS));
    expect(code).toBe(1);
    for (const check of ["HEARTH_S3_ENDPOINT", "HEARTH_DYNAMODB_ENDPOINT"]) {
      expect(of(findings, check)).toMatchObject({ result: "fail", found: expect.stringContaining("ECONNREFUSED") });
    }
  });

  test("wrong settings fail it, and the other checks go on", async () => {
    const { code, findings } = await examine({ HEARTH_CONCURENCY: "5" });
    expect(code).toBe(1);
    expect(of(findings, "settings")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("HEARTH_CONCURRENCY"),
    });
    expect(of(findings, "data directory")?.result).toBe("ok");
  });

  test("a port that another program has fails it", async () => {
    const port = await listening(createTcpServer((socket) => socket.destroy()));
    const { code, findings } = await examine({ HEARTH_LISTEN: `127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(of(findings, "ports")).toMatchObject({
      result: "fail",
      found: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  test("a running Hearth is asked what it lacks", async () => {
    const port = await listening(
      createServer((_request, response) => response.end("ready\nPostgreSQL has not been usable for 5 s\n")),
    );
    const { findings } = await examine({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
    expect(of(findings, "Hearth")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("PostgreSQL has not been usable"),
    });
  });

  test("another program in Hearth's place is told apart", async () => {
    const port = await listening(createServer((_request, response) => response.writeHead(404).end()));
    const { findings } = await examine({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
    expect(of(findings, "Hearth")).toMatchObject({ result: "fail", found: expect.stringContaining("another program") });
  });
});

describe("the data directory", () => {
  const look = async (more: Readonly<Record<string, string>> = {}) =>
    await dataDirectoryFindings(readConfig({ HEARTH_DATA: folder, ...more }, "/"));

  test("that everyone may read is pointed out once it holds data", async () => {
    await chmod(folder, 0o755);
    expect(of(await look(), "data directory")?.result).toBe("ok");
    await mkdir(join(folder, "blobs"));
    expect(of(await look(), "data directory")).toMatchObject({ result: "warn", remedy: `chmod o-rwx ${folder}` });
  });

  test("whose master key is open to others, or gone, fails", async () => {
    await writeFile(join(folder, "master-key"), `${"k".repeat(40)}\n`, { mode: 0o644 });
    expect(of(await look(), "master key")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("chmod 600"),
    });
    await rm(join(folder, "master-key"));
    expect(of(await look(), "master key")).toBeUndefined();
    await mkdir(join(folder, "postgres/data"), { recursive: true });
    expect(of(await look(), "master key")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("is missing"),
    });
  });

  test("on a disk that is too full fails", async () => {
    const found = await look({ HEARTH_MIN_FREE_DISK_MB: "999999999" });
    expect(of(found, "free disk")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("HEARTH_MIN_FREE_DISK_MB"),
    });
  });

  test("that is not there yet is not made", async () => {
    const found = await dataDirectoryFindings(readConfig({ HEARTH_DATA: join(folder, "a/b") }, "/"));
    expect(of(found, "data directory")).toMatchObject({ result: "ok", found: expect.stringContaining("first start") });
    await expect(rm(join(folder, "a"))).rejects.toThrow("ENOENT");
  });

  test("that is a file fails", async () => {
    await writeFile(join(folder, "file"), "");
    const found = await dataDirectoryFindings(readConfig({ HEARTH_DATA: join(folder, "file") }, "/"));
    expect(of(found, "data directory")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("not a folder"),
    });
  });
});

describe("the Docker Engine", () => {
  const settings = { HEARTH_DRIVER: "auto", HEARTH_SECCOMP: "required", HEARTH_EGRESS: "on" } as const;
  const good = {
    kind: "reachable",
    version: "28.0.0",
    system: "Debian 13, Linux 6.12",
    runcWarning: undefined,
    hasSeccomp: true,
    cgroupVersion: 2,
    cgroupDriver: "systemd",
    freezer: "writable",
    firewall: "direct",
  } as const;
  const results = (findings: readonly Finding[]) =>
    Object.fromEntries(findings.map(({ check, result }) => [check, result]));

  test("with everything is ok", () => {
    const wanted = { "Docker Engine": "ok", seccomp: "ok", cgroups: "ok", firewall: "ok" };
    expect(results(engineFindingsOf(good, settings))).toEqual(wanted);
  });

  test("without seccomp fails where it is required", () => {
    const engine = { ...good, hasSeccomp: false };
    expect(results(engineFindingsOf(engine, settings))).toMatchObject({ seccomp: "fail" });
    const lenient = { ...settings, HEARTH_SECCOMP: "if-available" } as const;
    expect(results(engineFindingsOf(engine, lenient))).toMatchObject({ seccomp: "warn" });
  });

  test("that this user may not open is a warning, and a failure where it must be used", () => {
    const engine = { kind: "unreachable", reason: "this user may not open its socket", isForbidden: true } as const;
    expect(engineFindingsOf(engine, settings)).toMatchObject([
      { result: "warn", remedy: expect.stringContaining("group docker") },
    ]);
    expect(engineFindingsOf(engine, { ...settings, HEARTH_DRIVER: "docker" })).toMatchObject([{ result: "fail" }]);
  });

  test("without freezer fails, without nf_tables functions have no network", () => {
    const found = engineFindingsOf({ ...good, freezer: "missing", firewall: "missing" }, settings);
    expect(results(found)).toMatchObject({ cgroups: "fail", firewall: "warn" });
    expect(results(engineFindingsOf(good, { ...settings, HEARTH_EGRESS: "off" }))).not.toHaveProperty("firewall");
  });
});

describe("servers", () => {
  test("that are not there fail", async () => {
    const config = readConfig(
      { DATABASE_URL: `postgres://u:secret@${NOTHING_LISTENS}/d`, REDIS_URL: `redis://${NOTHING_LISTENS}` },
      "/",
    );
    const found = await serverFindings(config, deps);
    expect(found.map(({ result }) => result)).toEqual(["fail", "fail"]);
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test("Redis must not evict, and a refused password is said", async () => {
    const answers = [
      "+PONG\r\n*2\r\n$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n",
      "-WRONGPASS invalid password\r\n-NOAUTH\r\n",
    ];
    const port = await listening(
      createTcpServer((socket) => socket.once("data", () => socket.end(answers.shift() ?? ""))),
    );
    const look = async (auth: string) =>
      (await serverFindings(readConfig({ REDIS_URL: `redis://${auth}127.0.0.1:${port}` }, "/"), deps))[1];
    expect(await look("")).toMatchObject({ result: "warn", found: expect.stringContaining("allkeys-lru") });
    expect(await look(":wrong@")).toMatchObject({ result: "fail", found: expect.stringContaining("WRONGPASS") });
  });
});

test.each([
  ["aws-cli/2.9.19 Python/3.11.2 Linux/6.1", "warn"],
  ["aws-cli/2.13.0 Python/3.11.4", "ok"],
  ["aws-cli/1.28.9 Python/3.11.4", "warn"],
  ["aws-cli/1.45.11 Python/3.11.7 Linux/6.18", "ok"],
  ["aws-cli/3.0.0 Python/4", "ok"],
  ["something else", "warn"],
])("the aws command %j is %s", (said, result) => expect(awsVersionFinding(said).result).toBe(result));

test("a clock that is wrong or not synchronised is pointed out", () => {
  expect(clockFinding(0, true).result).toBe("fail");
  expect(clockFinding(Date.parse("2026-06-01"), false).result).toBe("warn");
  expect(clockFinding(Date.parse("2026-06-01"), true).result).toBe("ok");
});

test("another Node than 24 is refused", () => {
  expect([nodeFinding("v24.1.0").result, nodeFinding("v22.0.0").result]).toEqual(["ok", "fail"]);
});
