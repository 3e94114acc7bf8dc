import { CreateLogGroupCommand, CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { run } from "@hearth/cli";
import { SystemClock } from "@hearth/kit";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const clock = new SystemClock();
let hearth: RunningHearth;
beforeAll(async () => {
  hearth = await startHearth();
});
afterAll(async () => await hearth[Symbol.asyncDispose]());

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Row {
  readonly accountId: string;
  readonly operation: string;
  readonly input: object;
}

class Enough extends Error {}

async function command(args: readonly string[], key?: Key, onOut: (text: string) => void = () => undefined) {
  const said = { out: "", complaint: "" };
  const env = {
    AWS_ENDPOINT_URL: hearth.endpoint,
    ...(key && { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }),
  };
  const out = (text: string): void => {
    said.out += text;
    onOut(text);
  };
  const code = await run(args, {
    env,
    out,
    complain: (text) => void (said.complaint += text),
    sleep: (ms) => clock.sleep(ms),
  });
  return { code, ...said };
}

async function newAccount(accountId: string): Promise<Key> {
  await command(["accounts", "create", accountId]);
  return JSON.parse((await command(["keys", "create", "--account", accountId, "--json"])).out) as Key;
}

const makeGroup = async (logGroupName: string, credentials?: Key): Promise<void> => {
  const client = new CloudWatchLogsClient({ ...hearth.clientConfig, ...(credentials && { credentials }) });
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  client.destroy();
};

const rowsOf = ({ out }: { readonly out: string }): Row[] => JSON.parse(out) as Row[];

test("hearth audit shows an account its own calls and the owner those of all accounts", async () => {
  const ann = await newAccount("111122223333");
  const bob = await newAccount("444455556666");
  await makeGroup("of-ann", ann);
  await makeGroup("of-bob", bob);
  const seen = rowsOf(await command(["audit", "--json"], ann));
  expect(seen).toMatchObject([{ accountId: "111122223333", operation: "CreateLogGroup" }]);
  expect(await command(["audit", "--account", "444455556666"], ann)).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("not authorized"),
  });
  const all = rowsOf(await command(["audit", "--operation", "CreateLogGroup", "--json"]));
  expect(all.map(({ accountId }) => accountId)).toEqual(["111122223333", "444455556666"]);
  expect(rowsOf(await command(["audit", "--account", "444455556666", "--json"]))).toHaveLength(1);
  expect((await command(["audit", "--resource", "of-bob", "--user", "root"])).out).toMatch(
    /444455556666 +us-east-1 +root +127\.0\.0\.1 +logs:CreateLogGroup +ok/,
  );
  expect((await command(["audit", "--to", "2020-01-01"])).out).toBe("No events.");
  expect((await command(["audit", "--limit", "1", "--json"])).out).not.toContain(ann.secretAccessKey);
  const keys = await command(["audit", "--operation", "CreateKey", "--json"]);
  expect(keys.out).toContain(ann.accessKeyId);
  expect(keys.out).not.toContain(ann.secretAccessKey);
});

test("the trail of another account is not in LookupEvents, not even the owner's", async () => {
  await makeGroup("of-owner");
  const carol = await newAccount("777788889999");
  const client = new CloudTrailClient({ ...hearth.clientConfig, credentials: carol });
  expect((await client.send(new LookupEventsCommand({}))).Events).toEqual([]);
  client.destroy();
});

test("hearth audit --follow prints calls as they are made", async () => {
  const seen: string[] = [];
  let makes = 0;
  const followed = command(["audit", "--follow", "--operation", "CreateLogGroup", "--json"], undefined, (text) => {
    seen.push(...text.split("\n"));
    throw new Enough();
  });
  // The first ones may come before the command has begun to follow.
  const making = (async () => {
    while (seen.length === 0) await makeGroup(`followed-${makes++}`);
  })();
  await expect(followed).rejects.toBeInstanceOf(Enough);
  await making;
  expect(JSON.parse(seen[0] ?? "")).toMatchObject({ operation: "CreateLogGroup", service: "logs" });
});

test("--follow takes no period, and a limit is a number", async () => {
  expect(await command(["audit", "--follow", "--from", "2026-01-01"])).toMatchObject({ code: 2 });
  expect(await command(["audit", "--limit", "many"])).toMatchObject({ code: 2 });
});
