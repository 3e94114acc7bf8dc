import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { type RunningHearth, sampleFunctions, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { signedCall } from "../support/signedFetch.ts";

/** A service in a folder of its own. Hearth does not know it before its two lines are in the server's list of services. */
const TOY: Readonly<Record<string, string>> = {
  "service.ts": `
import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { openToyDeps } from "./deps.ts";
import { operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { toyResources } from "./resources.ts";

export const toy: ServiceRoom = {
  signingName: "toy",
  protocols: ["json-1.1"],
  targetPrefix: "Toy_20260101",
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_TOY",
  notBuilt: [{ name: "BreakToy" }],
  questions,
  resources: (house) => toyResources(openToyDeps(house)),
  open: (house) => bind(operations, openToyDeps(house)),
};
`,
  "operations.ts": `
import { playToy } from "./operations/playToy.ts";

export const operations = [playToy];
`,
  "operations/playToy.ts": `
import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ToyDeps } from "../deps.ts";

/** Counts how often a toy was played with, and replaces its resource policy when one is given. */
export const playToy = operation({
  name: "PlayToy",
  input: structure({ ToyName: text({ min: 1, max: 64 }), Policy: text().optional() }),
  output: structure({ Plays: z.number() }),
  errors: [],
  async handle({ ToyName, Policy }, { accountId, region }, { toys, usage, clock }: ToyDeps) {
    const Plays = await toys.play(accountId, ToyName, Policy);
    usage.record({ at: clock.now(), accountId, region, service: "toy", unit: "Plays", quantity: 1, resource: ToyName });
    return { Plays };
  },
});
`,
  "questions.ts": `
import { type Questions, textOf } from "@hearth/access";
import { arn } from "@hearth/model";

export const questions: Questions = ({ operation, input, accountId, region }) => {
  const resource = arn({ service: "toy", region, accountId, resource: "toy/" + textOf(input, "ToyName") });
  return [{ action: "toy:" + operation, resources: [resource], accountId, asksResource: true }];
};
`,
  "resources.ts": `
import type { Resources } from "@hearth/access";
import type { ToyDeps } from "./deps.ts";

export const toyResources = ({ toys }: ToyDeps): Resources => ({
  async policiesAbout(arn) {
    const [, , , , accountId = "", resource = ""] = arn.split(":");
    const policy = await toys.policyOf(accountId, resource.slice("toy/".length));
    return policy === undefined ? [] : [policy];
  },
  tagsOf: () => Promise.resolve(undefined),
});
`,
  "deps.ts": `
import type { House } from "@hearth/access";
import { ToyStore } from "./toyStore.ts";

export const openToyDeps = ({ database, usage, clock }: House) => ({ toys: new ToyStore(database), usage, clock });
export type ToyDeps = ReturnType<typeof openToyDeps>;
`,
  "toyStore.ts": `
import type { Database } from "@hearth/store";

export class ToyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async play(accountId: string, name: string, policy: string | undefined): Promise<number> {
    await this.#ensureTable();
    const [row] = await this.#database.query<{ plays: number }>(
      \`INSERT INTO toys AS t (account_id, name, plays, policy) VALUES ($1, $2, 1, $3)
       ON CONFLICT (account_id, name) DO UPDATE SET plays = t.plays + 1, policy = coalesce(excluded.policy, t.policy) RETURNING plays\`,
      [accountId, name, policy ?? null],
    );
    return row!.plays;
  }

  async policyOf(accountId: string, name: string): Promise<object | undefined> {
    await this.#ensureTable();
    const sql = "SELECT policy FROM toys WHERE account_id = $1 AND name = $2";
    const [row] = await this.#database.query<{ policy: object | null }>(sql, [accountId, name]);
    return row?.policy ?? undefined;
  }

  async #ensureTable(): Promise<void> {
    await this.#database.query(
      "CREATE TABLE IF NOT EXISTS toys (account_id text, name text, plays integer, policy jsonb, PRIMARY KEY (account_id, name))",
    );
  }
}
`,
};
const ROOT = resolve(import.meta.dirname, "../..");
const ACCOUNT = "000000000000";

let folder: string;
let hearth: RunningHearth;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-toy-"));
  await writeFiles(join(folder, "packages/toy"), TOY);
  await cp(join(ROOT, "packages/server"), join(folder, "packages/server"), {
    recursive: true,
    filter: (source) => !source.includes("node_modules"),
  });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await addTwoLines(join(folder, "packages/server/src/services.ts"));
  hearth = await startHearth({ main: join(folder, "packages/server/src/main.ts") });
});

afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function writeFiles(into: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(into, name)), { recursive: true });
    await writeFile(join(into, name), text);
  }
}

/** An import and an entry of the list: all that `server` needs for a new service. */
async function addTwoLines(list: string): Promise<void> {
  const before = await readFile(list, "utf8");
  const after = `import { toy } from "../../toy/service.ts";\n${before.replace(/^(export const SERVICES.*\[)$/m, "$1\n  toy,")}`;
  expect(after.split("\n")).toHaveLength(before.split("\n").length + 2);
  await writeFile(list, after);
}

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function play(input: object, credentials: Key = hearth.clientConfig.credentials, operation = "PlayToy") {
  const { status, body } = await signedCall(
    { ...hearth.clientConfig, credentials },
    {
      service: "toy",
      method: "POST",
      path: [""],
      query: [],
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `Toy_20260101.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    },
  );
  return { status, answer: JSON.parse(body.toString()) as object };
}

async function userWith(UserName: string, Statement: object): Promise<Key> {
  const iam = new IAMClient(hearth.clientConfig);
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "toys", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

const arnOf = (toy: string): string => `arn:aws:toy:us-east-1:${ACCOUNT}:toy/${toy}`;

test("two lines in the server's list are enough for a new service to be served", async () => {
  expect(await play({ ToyName: "ball" })).toEqual({ status: 200, answer: { Plays: 1 } });
  expect(await play({ ToyName: "ball" })).toEqual({ status: 200, answer: { Plays: 2 } });
  expect(await play({}, undefined, "BreakToy")).toMatchObject({
    status: 400,
    answer: { __type: expect.stringContaining("NotImplementedException") },
  });
});

test("its users may do what their policies allow for its ARNs", async () => {
  const ann = await userWith("ann", { Effect: "Allow", Action: "toy:PlayToy", Resource: arnOf("kite") });
  expect(await play({ ToyName: "kite" }, ann)).toMatchObject({ status: 200 });
  expect(await play({ ToyName: "drum" }, ann)).toMatchObject({
    status: 403,
    answer: {
      message: expect.stringContaining(`is not authorized to perform: toy:PlayToy on resource: ${arnOf("drum")}`),
    },
  });
});

test("policies of its resources are evaluated", async () => {
  const bob = await userWith("bob", { Effect: "Allow", Action: "toy:*", Resource: "*" });
  expect(await play({ ToyName: "swing" }, bob)).toMatchObject({ status: 200 });
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:user/bob` };
  const Statement = { Effect: "Deny", Principal, Action: "toy:PlayToy", Resource: arnOf("swing") };
  await play({ ToyName: "swing", Policy: JSON.stringify({ Statement }) });
  expect(await play({ ToyName: "swing" }, bob)).toMatchObject({
    status: 403,
    answer: { message: expect.stringContaining("with an explicit deny in a resource-based policy") },
  });
  expect(await play({ ToyName: "swing" })).toMatchObject({ status: 200 });
});

test("functions find its endpoint in their variables, beside those of the other services", async () => {
  const client = lambdaClient(hearth);
  await createActive(client, { FunctionName: "endpoints", files: sampleFunctions.nodeContext });
  const { payload } = await invoke(client, "endpoints", {});
  const { environment } = payload as { environment: Record<string, string> };
  const names = Object.keys(environment).filter((name) => name.startsWith("AWS_ENDPOINT_URL"));
  expect(names).toEqual(
    expect.arrayContaining(["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_TOY"]),
  );
  expect(environment["AWS_ENDPOINT_URL_TOY"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  client.destroy();
});

test("its usage is recorded with that of the other services", async () => {
  await play({ ToyName: "puzzle" });
  const { body } = await signedCall(hearth.clientConfig, {
    service: "hearth",
    method: "GET",
    path: ["_hearth", "usage", "services"],
    query: [["service", "toy"]],
    headers: {},
    body: new Uint8Array(0),
  });
  const { usage } = JSON.parse(body.toString()) as { usage: object[] };
  expect(usage).toContainEqual(
    expect.objectContaining({ service: "toy", unit: "Plays", resource: "puzzle", region: "us-east-1", quantity: 1 }),
  );
});
