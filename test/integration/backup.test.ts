import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  type LambdaClient,
  paginateListFunctions,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { RunningHearth, runProgram, startHearth, zipOf, withoutSettings } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createActive, invoke, lambdaClient, ROLE } from "../support/lambda.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CODE = "exports.handler = async () => { console.log('a line of the log'); return process.env.PASSWORD; };";
const VARIABLES = { PASSWORD: "of the function" };

let folder: string;
let hearth: RunningHearth;
let userKey: { accessKeyId: string; secretAccessKey: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-backup-"));
  await chmod(folder, 0o755); // started by root, Hearth becomes another user
  hearth = await startHearth();
  const lambda = lambdaClient(hearth);
  await createActive(lambda, { FunctionName: "f", files: { "index.js": CODE } });
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: "f", Environment: { Variables: VARIABLES } }),
  );
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: "f" });
  await lambda.send(new PublishVersionCommand({ FunctionName: "f" }));
  await lambda.send(new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }));
  expect((await invoke(lambda, "f:live", {})).payload).toBe(VARIABLES.PASSWORD);
  const iam = new IAMClient(hearth.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: "u" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "u" }));
  userKey = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const PolicyDocument = JSON.stringify(allow);
  await iam.send(new PutUserPolicyCommand({ UserName: "u", PolicyName: "all", PolicyDocument }));
});
afterAll(async () => {
  await hearth[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function maintain(dataDirectory: string, ...args: string[]) {
  return runProgram(process.execPath, [join(ROOT, "packages/server/bin/maintain.ts"), ...args], {
    env: { ...withoutSettings(process.env), HEARTH_DATA: dataDirectory },
  });
}

async function create(lambda: LambdaClient, FunctionName: string): Promise<void> {
  const Code = { ZipFile: await zipOf({ "index.js": `exports.handler = async () => "${FunctionName}";` }) };
  await lambda.send(
    new CreateFunctionCommand({ FunctionName, Code, Role: ROLE, Runtime: "nodejs22.x", Handler: "index.handler" }),
  );
}

test("a back-up made while functions are created holds the state of one moment, and a Hearth restored from it works like the first", async () => {
  const lambda = lambdaClient(hearth);
  const filter = new FilterLogEventsCommand({ logGroupName: "/aws/lambda/f" });
  const firstLogs = new CloudWatchLogsClient(hearth.clientConfig);
  await expect.poll(async () => JSON.stringify((await firstLogs.send(filter)).events)).toContain("a line of the log");
  for (let n = 0; n < 5; n++) await create(lambda, `before${n}`);
  const s3 = new S3Client({ ...hearth.clientConfig, forcePathStyle: true });
  const Bucket = "backed-up";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const large = randomBytes(9_000_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: "large", Body: large }));
  for (let n = 0; n < 20; n++) await s3.send(new PutObjectCommand({ Bucket, Key: `short${n}`, Body: String(n) }));
  const stop = new AbortController();
  // Objects come and go while the back-up is made.
  const replacing = (async () => {
    for (let n = 0; !stop.signal.aborted; n++) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: `short${n % 20}` }));
      await s3.send(new PutObjectCommand({ Bucket, Key: `short${n % 20}`, Body: `new ${n}` }));
    }
  })();
  const writing = (async () => {
    for (let n = 0; !stop.signal.aborted; n++) await create(lambda, `during${n}`);
  })();
  const file = join(folder, "one.backup");
  const created = await maintain(hearth.dataDirectory, "backup", "create", file);
  stop.abort();
  await Promise.all([writing, replacing]);
  expect(created).toMatchObject({ code: 0, stderr: "" });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await create(lambda, "after");
  expect(await maintain(hearth.dataDirectory, "backup", "verify", file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is whole"),
  });

  const restored = join(folder, "restored");
  expect(await maintain(restored, "backup", "restore", file)).toMatchObject({ code: 0, stderr: "" });
  await using second = new RunningHearth(restored, {});
  await second.start();
  const client = lambdaClient(second);
  expect((await invoke(client, "f:live", {})).payload).toBe(VARIABLES.PASSWORD);
  const names: string[] = [];
  for await (const page of paginateListFunctions({ client }, {})) {
    for (const { FunctionName = "" } of page.Functions ?? []) names.push(FunctionName);
  }
  expect(names).toEqual(expect.arrayContaining(["f", "before0", "before1", "before2", "before3", "before4"]));
  expect(names).not.toContain("after");
  for (const FunctionName of names) {
    const { Code } = await client.send(new GetFunctionCommand({ FunctionName }));
    expect((await fetch(Code?.Location ?? "")).status).toBe(200);
  }
  expect((await invoke(client, "before3", {})).payload).toBe("before3");
  const theirs = new S3Client({ ...second.clientConfig, forcePathStyle: true });
  const get = async (Key: string): Promise<Uint8Array | undefined> =>
    await (await theirs.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray();
  expect(large.equals((await get("large")) ?? Buffer.alloc(0))).toBe(true);
  const { Contents = [] } = await theirs.send(new ListObjectsV2Command({ Bucket, Prefix: "short" }));
  expect(Contents.length).toBeGreaterThanOrEqual(19); // one may have been between its deletion and its return
  for (const { Key = "", Size } of Contents) expect((await get(Key))?.length).toBe(Size);
  const asUser = new IAMClient({ ...second.clientConfig, credentials: userKey });
  expect((await asUser.send(new ListUsersCommand({}))).Users).toMatchObject([{ UserName: "u" }]);
  const logs = new CloudWatchLogsClient(second.clientConfig);
  const { events = [] } = await logs.send(filter);
  expect(events.map(({ message }) => message).join("")).toContain("a line of the log");
  await create(client, "after");
});

test("a back-up is restored into an empty installation only, and a damaged, cut or newer one is never restored", async () => {
  const file = join(folder, "two.backup");
  expect(await maintain(hearth.dataDirectory, "backup", "create", file)).toMatchObject({ code: 0 });
  expect(await maintain(hearth.dataDirectory, "backup", "restore", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is in use"),
  });
  const plain = gunzipSync(await readFile(file));
  const attempt = async (name: string, bytes: Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, gzipSync(bytes));
    const { code, stderr } = await maintain(join(folder, "never"), "backup", "restore", path);
    expect(code).toBe(1);
    return stderr;
  };
  const changed = Buffer.from(plain);
  const at = changed.length >> 1;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  expect(await attempt("changed", changed)).toContain("is damaged");
  expect(await attempt("cut", plain.subarray(0, plain.length >> 1))).toContain("cut short");
  await expect(stat(join(folder, "never"))).rejects.toThrow("ENOENT");
});

test("a back-up without the master key asks for the key when it is restored", async () => {
  const file = join(folder, "three.backup");
  const created = await maintain(hearth.dataDirectory, "backup", "create", "--without-master-key", file);
  expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining("without the master key") });
  const key = (await readFile(join(hearth.dataDirectory, "master-key"), "utf8")).trim();
  expect(gunzipSync(await readFile(file)).includes(key)).toBe(false);
  expect(await maintain(join(folder, "keyless"), "backup", "restore", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("set HEARTH_MASTER_KEY to that key"),
  });
});
