import { spawn } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { awsEnvironment, runProgram, type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient, ROLE } from "../support/lambda.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "packages/cli/bin/hearth.mjs");
const CODE = `exports.handler = async (event) => {
  console.log("said", event.word);
  if (event.fail) throw new Error("wanted");
};`;

let hearth: RunningHearth;
beforeAll(async () => {
  hearth = await startHearth();
  await createActive(lambdaClient(hearth), { FunctionName: "hello", files: { "index.js": CODE } });
  await invoke(lambdaClient(hearth), "hello", { word: "first" });
  await invoke(lambdaClient(hearth), "hello", { fail: true });
});
afterAll(async () => await hearth[Symbol.asyncDispose]());

/** The command as a user runs it, with further variables. */
async function command(line: string, env: Readonly<Record<string, string>> = {}) {
  const all = { ...awsEnvironment(hearth.clientConfig), HEARTH_DATA: hearth.dataDirectory, ...env };
  return await runProgram(process.execPath, [BIN, ...line.split(" ")], { env: all });
}

async function json(line: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await command(`${line} --json`, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** The variables of a new root key of another account. */
async function otherAccount(id: string): Promise<Record<string, string>> {
  expect(await command(`accounts create ${id} --name other`)).toMatchObject({ code: 0, stdout: `${id}\n` });
  const key = (await json(`keys create --account ${id}`)) as { accessKeyId: string; secretAccessKey: string };
  return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
}

describe("status", () => {
  test("says what runs, and ends with 0 when nothing is wrong", async () => {
    const { code, stdout } = await command("status");
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/is ready\n[^]*Nothing is wrong\.\n$/),
    });
    expect(await json("status")).toMatchObject({
      endpoint: hearth.endpoint,
      isReady: true,
      problems: [],
      status: {
        processes: ["all"],
        regions: ["us-east-1"],
        functions: 1,
        database: {
          description: "embedded PostgreSQL",
          version: expect.stringMatching(/^18\./),
          sizeBytes: expect.any(Number),
        },
        disk: { directory: hearth.dataDirectory, freeBytes: expect.any(Number) },
        events: { unfinished: expect.any(Number) },
      },
      environments: {
        driver: "process",
        functions: [{ FunctionName: "hello", accountId: "000000000000", region: "us-east-1" }],
      },
    });
  });

  test("shows another account only its own", async () => {
    const other = await otherAccount("222222222222");
    const whole = (await json("status", other)) as object;
    expect(whole).toMatchObject({ isReady: true, environments: { functions: [], frozen: 0 } });
    expect(whole).not.toHaveProperty("status");
    expect(await json("functions list", other)).toEqual([]);
  });

  test("ends with 1 when the key is refused, and names the key", async () => {
    expect(await command("status", { AWS_ACCESS_KEY_ID: "AKIANOBODY" })).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("refused the key AKIANOBODY: check AWS_ACCESS_KEY_ID"),
    });
  });
});

test("functions list shows state, warm environments and recent errors", async () => {
  await expect
    .poll(async () => await json("functions list"))
    .toMatchObject([
      {
        FunctionName: "hello",
        Runtime: expect.stringMatching(/^nodejs/),
        State: "Active",
        warmEnvironments: 1,
        recentInvocations: 2,
        recentErrors: 1,
      },
    ]);
  const { stdout } = await command("functions list");
  expect(stdout).toMatch(/^FUNCTION +RUNTIME +STATE +MODIFIED +WARM +BUSY +CALLS +ERRORS\nhello +nodejs/);
});

describe("lint", () => {
  test("names what would not run the same on AWS, and ends with 1", async () => {
    const line = `hello: Role: ${ROLE} does not exist here; AWS refuses a function without a role.`;
    expect(await command("lint hello")).toMatchObject({ code: 1, stdout: expect.stringContaining(line) });
    expect(await command("lint --all")).toMatchObject({ code: 1, stdout: expect.stringContaining(line) });
    // The machine's Node.js may be another version than the function's runtime.
    const { code, stdout } = await command("lint hello --json");
    expect({ code, found: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 1,
      found: expect.arrayContaining([expect.objectContaining({ function: "hello", subject: "Role" })]),
    });
  });

  test("says nothing of a role once it exists", async () => {
    const iam = new IAMClient(hearth.clientConfig);
    const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
    const RoleName = ROLE.split("/").at(-1) ?? "";
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    expect((await command("lint hello")).stdout).not.toContain("Role");
    await iam.send(new DeleteRoleCommand({ RoleName }));
    iam.destroy();
  });

  test("ends with 0 when nothing is found, and shows an account only its own", async () => {
    const other = await otherAccount("444444444444");
    expect(await json("lint --all", other)).toEqual([]);
    expect(await command("lint --all", other)).toMatchObject({
      code: 0,
      stdout: "Nothing was found that would not run the same on AWS.\n",
    });
  });

  test("ends with 1 for a function that does not exist, and says so", async () => {
    expect(await command("lint nowhere")).toMatchObject({ code: 1, stderr: expect.stringContaining("nowhere") });
  });
});

test("usage of all accounts is for the owner", async () => {
  const other = await otherAccount("333333333333");
  const client = new LambdaClient({
    ...hearth.clientConfig,
    credentials: {
      accessKeyId: other["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: other["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  await client.send(
    new CreateFunctionCommand({
      FunctionName: "theirs",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::333333333333:role/any",
      Code: { ZipFile: await zipOf({ "index.js": CODE }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 0.1 }, { FunctionName: "theirs" });
  await invoke(client, "theirs", {});
  const rows = (await json("usage --all-accounts")) as { accountId: string; functionName: string }[];
  expect(rows.map(({ accountId, functionName }) => [accountId, functionName])).toEqual([
    ["000000000000", "hello"],
    ["333333333333", "theirs"],
  ]);
  expect((await json("usage")) as unknown[]).toHaveLength(1);
  const accountsOfServices = async () => {
    const services = (await json("usage --services --all-accounts")) as { accountId: string }[];
    return new Set(services.map(({ accountId }) => accountId));
  };
  await expect.poll(accountsOfServices).toEqual(new Set(["000000000000", "333333333333"]));
  for (const line of ["usage --all-accounts", "usage --services --all-accounts"]) {
    expect(await command(line, other)).toMatchObject({ code: 1, stderr: expect.stringContaining("owner's account") });
  }
});

describe("logs", () => {
  test("prints what a function logged, filtered when wanted", async () => {
    await expect.poll(async () => (await command("logs hello")).stdout).toMatch(/INFO\tsaid first\n[^]*wanted/);
    const filtered = (await command('logs hello --filter "wanted"')).stdout;
    expect(filtered).toContain("wanted");
    expect(filtered).not.toContain("said first");
    expect((await command("logs hello --since 2099-01-01")).stderr).toContain(
      "no lines in /aws/lambda/hello since 2099",
    );
  });

  test("of a function that never was says so", async () => {
    expect(await command("logs nothing")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no log group /aws/lambda/nothing"),
    });
  });

  test("-f goes on with new lines, each once", async () => {
    const child = spawn(process.execPath, [BIN, "logs", "-f", "hello"], { env: awsEnvironment(hearth.clientConfig) });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString("utf8")));
    try {
      await expect.poll(() => said).toContain("said first");
      for (const word of ["second", "third"]) {
        await invoke(lambdaClient(hearth), "hello", { word });
        await expect.poll(() => said).toContain(`said ${word}`);
      }
      expect(said.split("said second")).toHaveLength(2);
    } finally {
      child.kill("SIGINT");
      await new Promise((done) => child.once("close", done));
    }
  });
});

test("doctor looks at the machine, the data directory and the running Hearth", async () => {
  const { stdout } = await command("doctor --json", { HEARTH_DRIVER: "process" });
  const findings = JSON.parse(stdout) as { check: string; result: string; found: string }[];
  const of = (wanted: string) => findings.find(({ check }) => check === wanted);
  expect(of("Node")?.result).toBe("ok");
  expect(of("settings")).toMatchObject({ result: "ok", found: expect.stringContaining("HEARTH_DATA") });
  expect(of("data directory")).toMatchObject({ result: "ok", found: expect.stringContaining(hearth.dataDirectory) });
  expect(of("Hearth")).toMatchObject({ result: "ok", found: `ready at ${hearth.endpoint}` });
});

test("config check reads the settings as a start does", async () => {
  expect(await command("config check")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`HEARTH_DATA=${hearth.dataDirectory}\n`),
  });
  expect(await command("config check", { HEARTH_REGON: "eu-west-1" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Did you mean HEARTH_REGION?"),
  });
  expect(await command("config show")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("hearth config check"),
  });
  expect(await command("doctor --foo")).toMatchObject({ code: 2, stderr: expect.stringContaining("--foo") });
});

test("each command that another program runs takes the options that its help names", async () => {
  for (const line of ["doctor", "config check"]) {
    const { stdout } = await command(`${line} --help`);
    for (const [, option = ""] of stdout.matchAll(/^ {2}--([a-z-]+) /gm)) {
      const value = option === "env-file" ? " /dev/null" : "";
      const { code, stderr } = await command(`${line} --${option}${value}`, { HEARTH_DRIVER: "process" });
      expect({ line, option, wrongUse: code === 2, stderr }).toEqual({ line, option, wrongUse: false, stderr: "" });
    }
  }
});

test("it runs through a link, as npx and npm link make one", async () => {
  const link = join(hearth.dataDirectory, "linked-hearth");
  await symlink(BIN, link);
  const { code, stdout } = await runProgram(process.execPath, [link, "version"], {
    env: awsEnvironment(hearth.clientConfig),
    cwd: "/",
  });
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
