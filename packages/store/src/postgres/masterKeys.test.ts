import { KeyRing, newMasterKey, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { SETTINGS, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FunctionStore } from "../functions/functions.ts";
import { AccessKeyStore } from "../iam/accessKeys.ts";
import { IdentityStore } from "../iam/identities.ts";
import { SecretVersionStore } from "../secrets/secretVersions.ts";
import { SecretStore } from "../secrets/secrets.ts";
import { SnsSigningKeyStore } from "../sns/snsSigningKeys.ts";
import { SsmParameterStore } from "../ssm/ssmParameters.ts";
import { Database } from "./database.ts";
import { MasterKeyMissing, registeredKeyIds, rotateMasterKeys, useMasterKeys } from "./masterKeys.ts";

const accountId = "000000000000";
const key = { accountId, region: "us-east-1", FunctionName: "f" };
const code = { digest: "a".repeat(64), sizeBytes: 100 };
const VARIABLE = "pa55-of-the-function";
const settings = { ...SETTINGS, Environment: { Variables: { PASSWORD: VARIABLE } } };
const accessKey = { accessKeyId: "AKIA1", secretAccessKey: "s3cret-of-the-key" };
const signingKey = { id: "a".repeat(32), privateKey: "s3cret-of-signatures", certificate: "public" };
const parameter = { accountId, region: "us-east-1", Name: "/app/password" };
const secret = { accountId, region: "us-east-1", Name: "app/key" };
const sessionSecret = Buffer.alloc(32, 7);

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(async () => await db[Symbol.asyncDispose]());

function functionsOf(database: Database): FunctionStore {
  return new FunctionStore({ database, clock: new SystemClock(), random: systemRandom, codeBytesLimit: 1_000_000 });
}

/** Another process with master keys of its own. */
function processWith(masterKeys: readonly string[]): Database {
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const database = new Database({ connection: db.connection, max: 2 }, deps);
  database.keys.set(masterKeys);
  return database;
}

async function store(database: Database): Promise<void> {
  const functions = functionsOf(database);
  await functions.create({ ...key, settings, code, Tags: {}, Publish: true });
  const [activation] = await functions.listActivations(1);
  if (!activation) throw new Error("nothing is to be activated");
  await functions.applyActivation(activation.version);
  await functions.finishActivation(activation.version);
  await functions.update(key, { settings: (current) => ({ ...current, Description: "new" }), invocationId: "once" });
  await new AccessKeyStore(database, silentLogger).add({ accountId }, accessKey, new Date(0));
  await new IdentityStore(database).sessionSecret(sessionSecret);
  await new SnsSigningKeyStore(database).use(() => Promise.resolve(signingKey));
  await database.transaction(async (tx) => {
    const facts = { Tier: "Standard", DataType: "text", LastModifiedUser: "root" } as const;
    const version = { Type: "SecureString", Value: "s3cret-of-a-parameter", settings: facts } as const;
    await new SsmParameterStore(database).create(tx, parameter, version, {});
    await new SecretStore(database).create(tx, secret, { settings: {}, tags: {} });
    await new SecretVersionStore(database).put(tx, secret, "v1", { SecretString: "s3cret-of-an-application" });
  });
}

async function expectReadable(database: Database): Promise<void> {
  const functions = functionsOf(database);
  for (const version of ["$LATEST", "1"]) {
    expect((await functions.get(key, version)).settings.Environment).toEqual(settings.Environment);
    const loaded = await functions.loadFunction(key, ["1"]);
    expect(loaded?.versions.get(version)?.configuration.Environment).toEqual(settings.Environment);
  }
  const repeated = await functions.update(key, { invocationId: "once" });
  expect(repeated).toMatchObject({ Description: "new", Environment: settings.Environment });
  expect(await new AccessKeyStore(database, silentLogger).find("AKIA1")).toMatchObject(accessKey);
  expect((await new SsmParameterStore(database).find(parameter))?.Value).toBe("s3cret-of-a-parameter");
  const version = await new SecretVersionStore(database).find(secret, { VersionId: "v1" });
  expect(version?.value).toEqual({ SecretString: "s3cret-of-an-application" });
  expect(await new IdentityStore(database).sessionSecret(Buffer.alloc(32))).toEqual(sessionSecret);
  const none = () => Promise.reject(new Error("there is a key"));
  expect(await new SnsSigningKeyStore(database).use(none)).toEqual(signingKey);
}

async function everythingStored(): Promise<string> {
  const [row] = await db.database.query<{ all: string }>(
    `SELECT concat((SELECT json_agg(v) FROM function_versions v), (SELECT json_agg(k) FROM access_keys k), (SELECT json_agg(s) FROM session_secret s), (SELECT json_agg(n) FROM sns_signing_keys n)) AS all`,
  );
  return row?.all ?? "";
}

test("secrets and variables are not in the tables, and are read as they were given", async () => {
  await store(db.database);
  const stored = await everythingStored();
  for (const plain of [
    VARIABLE,
    "PASSWORD",
    accessKey.secretAccessKey,
    sessionSecret.toString("hex"),
    signingKey.privateKey,
  ]) {
    expect(stored).not.toContain(plain);
  }
  await expectReadable(db.database);
});

test("rows in plain text are encrypted at the next start", async () => {
  await store(db.database);
  await toPlainText(db.database);
  expect(await everythingStored()).toContain(VARIABLE);
  await useMasterKeys(db.database, silentLogger);
  const stored = await everythingStored();
  expect(stored).not.toContain(VARIABLE);
  expect(stored).not.toContain(accessKey.secretAccessKey);
  expect(stored).not.toContain(sessionSecret.toString("hex"));
  await expectReadable(db.database);
});

/** Writes the rows as a Hearth without encryption did. */
async function toPlainText(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica"); // without triggers
    await tx.query("UPDATE access_keys SET secret_access_key = $1", [accessKey.secretAccessKey]);
    await tx.query("UPDATE session_secret SET sealed = NULL, secret = $1", [sessionSecret]);
    const environment = JSON.stringify(settings.Environment);
    await tx.query(
      `UPDATE function_versions SET fingerprint = 'plain' || number,
              settings = jsonb_set(settings::jsonb, '{Environment}', $1::jsonb)::json,
              active_snapshot = jsonb_set(active_snapshot::jsonb, '{configuration,Environment}', $1::jsonb)::json,
              update_answer = jsonb_set(update_answer::jsonb, '{Environment}', $1::jsonb)::json`,
      [environment],
    );
  });
}

test("a process with another key, or without the one in use, is refused and changes nothing", async () => {
  await store(db.database);
  await using other = processWith([newMasterKey()]);
  await expect(useMasterKeys(other, silentLogger)).rejects.toThrow(MasterKeyMissing);
  expect(await registeredKeyIds(db.database)).toEqual(db.database.keys.ids);
  await expectReadable(db.database);
});

test("after a rotation only the new key is needed; with the old one nothing can be written any more", async () => {
  const [old, fresh] = [newMasterKey(), newMasterKey()];
  db.database.keys.set([old]);
  await db.database.query("TRUNCATE master_keys");
  await useMasterKeys(db.database, silentLogger);
  await store(db.database);

  await using both = processWith([fresh, old]);
  await rotateMasterKeys(both);
  expect(await registeredKeyIds(both)).toEqual([both.keys.currentId]);
  expect(await everythingStored()).not.toContain(db.database.keys.currentId);
  await using one = processWith([fresh]);
  await useMasterKeys(one, silentLogger);
  await expectReadable(one);

  const late = functionsOf(db.database).create({
    ...key,
    FunctionName: "late",
    settings,
    code,
    Tags: {},
    Publish: false,
  });
  await expect(late).rejects.toThrow("not sealed with a master key of this installation");
  await expect(functionsOf(db.database).get(key)).rejects.toThrow("which this process does not have");
});

test("while keys are rotated, writers with either key go on, and every row ends under the new key", async () => {
  const [old, fresh] = [newMasterKey(), newMasterKey()];
  db.database.keys.set([old, fresh]);
  await db.database.query("TRUNCATE master_keys");
  await useMasterKeys(db.database, silentLogger);
  const functions = functionsOf(db.database);
  const create = (n: number) =>
    functions.create({ ...key, FunctionName: `f${n}`, settings, code, Tags: {}, Publish: false });
  for (let n = 0; n < 20; n++) await create(n);
  await using both = processWith([fresh, old]);
  const written = Promise.allSettled(Array.from({ length: 40 }, (_, n) => create(100 + n)));
  await rotateMasterKeys(both);
  for (const result of await written) {
    if (result.status === "rejected") expect(String(result.reason)).toContain("not sealed with a master key");
  }
  expect(await everythingStored()).not.toContain(`hk1:${new KeyRing([old]).currentId}`);
  await using one = processWith([fresh]);
  const { items } = await functionsOf(one).list(key, { MaxItems: 100 });
  expect(items.length).toBeGreaterThanOrEqual(20);
});

test("a secret that was copied to another row, or written in plain text, is refused", async () => {
  await store(db.database);
  const { database } = db;
  await expect(database.query("UPDATE access_keys SET secret_access_key = 'known to me'")).rejects.toThrow(
    "not sealed",
  );
  await expect(
    database.query(`UPDATE function_versions SET settings = '{"Environment":{"Variables":{"A":"mine"}}}'`),
  ).rejects.toThrow("not sealed");
  await database.query(
    `INSERT INTO access_keys (access_key_id, account_id, secret_access_key, created_at) SELECT 'AKIA2', account_id, secret_access_key, created_at FROM access_keys`,
  );
  const accessKeys = new AccessKeyStore(database, silentLogger);
  await expect(accessKeys.find("AKIA2")).rejects.toThrow("was sealed for something else");
  // The row that cannot be decrypted takes no other key away.
  expect((await accessKeys.list()).map(({ accessKeyId }) => accessKeyId)).toEqual(["AKIA1"]);
});

test("a start that is killed between sealing and removing the old plain text leaves the removal to the next start", async () => {
  const fileOf = async (): Promise<string> => {
    const [row] = await db.database.query<{ file: string }>("SELECT pg_relation_filepath('access_keys') AS file");
    return row?.file ?? "";
  };
  const before = await fileOf();
  await useMasterKeys(db.database, silentLogger);
  expect(await fileOf()).toBe(before);
  // As the transaction that seals leaves it.
  await db.database.query("INSERT INTO tables_to_vacuum VALUES ('access_keys')");
  await useMasterKeys(db.database, silentLogger);
  const after = await fileOf();
  expect(after).not.toBe(before);
  await useMasterKeys(db.database, silentLogger);
  expect(await fileOf()).toBe(after);
});
