import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { run } from "@hearth/cli";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let hearth: RunningHearth;
beforeAll(async () => {
  hearth = await startHearth();
});
afterAll(async () => await hearth[Symbol.asyncDispose]());

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Runs `hearth …` with the owner's key or another one. */
async function command(args: readonly string[], key?: Key) {
  const said = { out: "", complaint: "" };
  const code = await run(args, {
    env: {
      AWS_ENDPOINT_URL: hearth.endpoint,
      ...(key && { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }),
    },
    out: (text) => void (said.out += text),
    complain: (text) => void (said.complaint += text),
    sleep: () => Promise.reject(new Error("no command of this file waits")),
  });
  return { code, ...said };
}

const createKey = async (account: string): Promise<Key> =>
  JSON.parse((await command(["keys", "create", "--account", account, "--json"])).out) as Key;
const config = (credentials: Key) => ({ ...hearth.clientConfig, credentials, maxAttempts: 1 });
const identity = async (key: Key) => await new STSClient(config(key)).send(new GetCallerIdentityCommand({}));

test("an account can have two keys, which the hearth command creates and revokes", async () => {
  expect(await command(["accounts", "create", "111122223333", "--name", "team"])).toMatchObject({
    code: 0,
    out: "111122223333",
  });
  const first = await createKey("111122223333");
  expect(await identity(first)).toMatchObject({
    Account: "111122223333",
    Arn: "arn:aws:iam::111122223333:root",
  });
  const second = await createKey("111122223333");
  expect(await command(["keys", "create", "--account", "111122223333"])).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("two keys already"),
  });
  expect((await command(["keys", "list", "--account", "111122223333"])).out).toMatch(
    new RegExp(`${second.accessKeyId} +111122223333 +\\(root\\) +Active`),
  );

  await command(["keys", "disable", first.accessKeyId]);
  await expect.poll(() => identity(first).catch((error: Error) => error.name)).toBe("InvalidClientTokenId");
  await command(["keys", "enable", first.accessKeyId]);
  await expect
    .poll(() => identity(first).catch((error: Error) => error.name))
    .toMatchObject({ Account: "111122223333" });
  await command(["keys", "delete", first.accessKeyId]);
  await expect.poll(() => identity(first).catch((error: Error) => error.name)).toBe("InvalidClientTokenId");
  expect(await identity(second)).toMatchObject({ Account: "111122223333" });
});

test("rotating a key creates one for the same owner, and the old one stays valid until it is deleted", async () => {
  await command(["accounts", "create", "565656565656"]);
  const old = await createKey("565656565656");
  const next = JSON.parse((await command(["keys", "rotate", old.accessKeyId, "--json"])).out) as Key;
  expect(next.accessKeyId).not.toBe(old.accessKeyId);
  expect([(await identity(old)).Account, (await identity(next)).Account]).toEqual(["565656565656", "565656565656"]);
  expect(await command(["keys", "rotate", old.accessKeyId])).toMatchObject({ code: 1 });
  await command(["keys", "delete", old.accessKeyId]);
  expect((await command(["keys", "rotate", next.accessKeyId])).out).toMatch(/^export AWS_ACCESS_KEY_ID=AKIA/);
  expect(await command(["keys", "rotate", old.accessKeyId])).toMatchObject({
    code: 1,
    complaint: expect.stringContaining(`There is no key ${old.accessKeyId}`),
  });
});

test("keys stay valid after a restart", async () => {
  await command(["accounts", "create", "444455556666"]);
  const key = await createKey("444455556666");
  await hearth.restart();
  expect(await identity(key)).toMatchObject({ Account: "444455556666" });
});

test("an account in use cannot be deleted, an unused one can", async () => {
  const { out: account } = await command(["accounts", "create"]);
  const key = await createKey(account);
  expect(await command(["accounts", "delete", account])).toMatchObject({ code: 1 });
  await command(["keys", "delete", key.accessKeyId]);
  expect(await command(["accounts", "delete", account])).toMatchObject({ code: 0 });
  expect((await command(["accounts", "list"])).out).not.toContain(account);
  expect(await command(["accounts", "delete", "000000000000"])).toMatchObject({ code: 1 });
});

test("only the owner can manage accounts and keys", async () => {
  await command(["accounts", "create", "777788889999"]);
  const key = await createKey("777788889999");
  for (const args of [
    ["accounts", "list"],
    ["accounts", "create"],
    ["keys", "list"],
    ["keys", "create", "--account", "000000000000"],
    ["keys", "delete", key.accessKeyId],
  ]) {
    expect(await command(args, key)).toMatchObject({ code: 1, complaint: expect.stringContaining("not authorized") });
  }
});

test("accounts do not see each other's functions", async () => {
  await command(["accounts", "create", "121212121212"]);
  const lambda = new LambdaClient(config(await createKey("121212121212")));
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
});
