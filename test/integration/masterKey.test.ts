import { readdirSync, readFileSync, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { type RunningHearth, runProgram, startHearth, withoutSettings } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const VARIABLE = "pa55word-that-is-found-nowhere";
const OTHER_KEY = "another-master-key-0123456789-0123456789";

let hearth: RunningHearth;
let secret: string;
beforeAll(async () => {
  hearth = await startHearth();
  const lambda = lambdaClient(hearth);
  const code = "exports.handler = async () => process.env.PASSWORD;";
  await createActive(lambda, { FunctionName: "f", files: { "index.js": code } });
  const Environment = { Variables: { PASSWORD: VARIABLE } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", Environment }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: "f" });
  const iam = new IAMClient(hearth.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: "u" }));
  secret = (await iam.send(new CreateAccessKeyCommand({ UserName: "u" }))).AccessKey?.SecretAccessKey ?? "";
});
afterAll(async () => await hearth[Symbol.asyncDispose]());

const keyFile = (): string => join(hearth.dataDirectory, "master-key");

function maintain(...args: string[]) {
  return runProgram(process.execPath, [join(ROOT, "packages/server/bin/maintain.ts"), ...args], {
    env: { ...withoutSettings(process.env), HEARTH_DATA: hearth.dataDirectory },
  });
}

/** Files below PostgreSQL's folder that contain `text`, its write-ahead log included. */
function filesWith(text: string): string[] {
  const folder = join(hearth.dataDirectory, "postgres");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}

async function expectWorking(): Promise<void> {
  const lambda = lambdaClient(hearth);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }));
  expect(Environment).toEqual({ Variables: { PASSWORD: VARIABLE } });
  expect((await invoke(lambda, "f", {})).payload).toBe(VARIABLE);
}

test("the first start makes a key that only its owner can read; no file of PostgreSQL has a secret in plain text", async () => {
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  await using database = databaseOf(hearth);
  await database.query("CHECKPOINT");
  expect(secret.length).toBeGreaterThan(20);
  expect(filesWith(secret)).toEqual([]);
  expect(filesWith(VARIABLE)).toEqual([]);
  expect(filesWith("index.handler")).not.toEqual([]);
});

test("the key is rotated while Hearth runs, and Hearth takes over the new one by itself", async () => {
  const before = readFileSync(keyFile(), "utf8");
  const { code, stdout, stderr } = await maintain("master-key", "rotate");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^\d+ rows are encrypted with the new key\./);
  const after = readFileSync(keyFile(), "utf8");
  expect(after).toMatch(/^\S{40,}\n$/);
  expect(after).not.toBe(before);
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  const lambda = lambdaClient(hearth);
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", Description: "after" }));
  await expectWorking();
  await hearth.restart();
  await expectWorking();
});

test("without the key, with another one, or with one that others can read, Hearth says so and does not start", async () => {
  await hearth.kill("SIGTERM");
  await rename(keyFile(), `${keyFile()}.away`);
  await expect(hearth.start()).rejects.toThrow("The master key is missing");
  await expect(hearth.start({ HEARTH_MASTER_KEY: OTHER_KEY })).rejects.toThrow("HEARTH_MASTER_KEY must be the key");
  await writeFile(keyFile(), `${OTHER_KEY}\n`, { mode: 0o600 });
  await expect(hearth.start()).rejects.toThrow("is of another installation");
  await rm(keyFile());
  await writeFile(keyFile(), readFileSync(`${keyFile()}.away`), { mode: 0o644 });
  await expect(hearth.start()).rejects.toThrow("can be read by others");
  await rm(keyFile());
  await rename(`${keyFile()}.away`, keyFile());
  await hearth.start();
  await expectWorking();
});
