import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { SETTINGS, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readChanges } from "../change-log/changeLog.ts";
import { EventStore } from "../events/events.ts";
import { AliasStore } from "../functions/aliases.ts";
import { FunctionStore } from "../functions/functions.ts";
import { PolicyStore } from "../functions/policies.ts";
import { TagStore } from "../functions/tags.ts";
import { LayerStore } from "../layers/layers.ts";
import { LogGroupStore } from "../logs/logGroups.ts";
import { UsageStore } from "../usage/usage.ts";
import { useMasterKeys } from "./masterKeys.ts";
import { migrate } from "./migrate.ts";

const MIGRATIONS = join(import.meta.dirname, "../migrations");
const LAST_BEFORE = 90;
const accountId = "000000000000";
const region = "cn-north-1";
const key = { accountId, region, FunctionName: "old" };
const DIGEST = "a".repeat(64);
const EVENT = "00000000-0000-4000-8000-000000000001";

/** One row or more in every table that gets a region, as a Hearth of the version before wrote them, and IAM's ARNs as it wrote them. */
const ROWS = `
  INSERT INTO functions (account_id, "FunctionName", created_at, last_version) VALUES ('${accountId}', 'old', now(), 1);
  INSERT INTO function_versions (account_id, "FunctionName", number, "RevisionId", snapshot_id, "LastModified", code_digest, "CodeSize", settings,
                                 fingerprint, "State", "LastUpdateStatus", active_snapshot)
  SELECT '${accountId}', 'old', n, gen_random_uuid(), gen_random_uuid(), now(), '${DIGEST}', 100, '${JSON.stringify(SETTINGS)}', 'x', 'Active',
         'Successful', '{"accountId":"${accountId}","FunctionName":"old","Version":"$LATEST","configuration":{"B":"1","A":"2"}}'
    FROM generate_series(0, 1) n;
  INSERT INTO function_tags VALUES ('${accountId}', 'old', 'team', 'red');
  INSERT INTO aliases (account_id, "FunctionName", "Name", "Description", "RevisionId", number) VALUES ('${accountId}', 'old', 'live', '', gen_random_uuid(), 1);
  INSERT INTO function_policies (account_id, "FunctionName", alias, document) VALUES ('${accountId}', 'old', 'live', '{"Statement":[]}');
  INSERT INTO event_invoke_configs (account_id, "FunctionName", number, "LastModified") VALUES ('${accountId}', 'old', 0, now());
  INSERT INTO function_urls (account_id, "FunctionName", url_id, "AuthType", "InvokeMode", "CreationTime", "LastModifiedTime")
  VALUES ('${accountId}', 'old', repeat('u', 32), 'NONE', 'BUFFERED', now(), now());
  INSERT INTO runtime_management_configs (account_id, "FunctionName", number, "UpdateRuntimeOn") VALUES ('${accountId}', 'old', 0, 'Auto');
  INSERT INTO provisioned_concurrency (account_id, "FunctionName", alias, requested, "LastModified", wish_id, "Status")
  VALUES ('${accountId}', 'old', 'live', 1, now(), gen_random_uuid(), 'READY');
  INSERT INTO event_source_mappings (id, account_id, "FunctionName", qualifier, source_digest, enabled, settings, "Tags", "LastModified")
  VALUES (gen_random_uuid(), '${accountId}', 'old', '', '${DIGEST}', true, '{}', '{}', now());
  INSERT INTO code_signing_configs (id, account_id, "SigningProfileVersionArns", "UntrustedArtifactOnDeployment", "Tags", "LastModified")
  VALUES ('csc-' || repeat('a', 17), '${accountId}', ARRAY['arn'], 'Warn', '{}', now());
  INSERT INTO function_code_signing VALUES ('${accountId}', 'old', 'csc-' || repeat('a', 17));
  INSERT INTO layers VALUES ('${accountId}', 'libs', 1);
  INSERT INTO layer_versions (account_id, "LayerName", "Version", "CreatedDate", code_digest, "CodeSize", "Description", "CompatibleRuntimes", "CompatibleArchitectures")
  VALUES ('${accountId}', 'libs', 1, now(), '${DIGEST}', 100, '', '{}', '{}');
  INSERT INTO events (id, account_id, "FunctionName", payload) VALUES ('${EVENT}', '${accountId}', 'old', '{}');
  CREATE TABLE usage_records_2026_01 PARTITION OF usage_records FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
  INSERT INTO usage_records VALUES (gen_random_uuid(), '${accountId}', 'old', '$LATEST', gen_random_uuid(), '2026-01-15', 1, 1, 128, 64, NULL, 'success', 2, 2);
  INSERT INTO log_groups (account_id, "logGroupName", "creationTime", "logGroupClass", tags) VALUES ('${accountId}', '/aws/lambda/old', 0, 'STANDARD', '{}');
  INSERT INTO log_streams (group_id, "logStreamName", "creationTime") SELECT id, 's', 0 FROM log_groups;
  UPDATE change_counter SET seq = 1;
  INSERT INTO change_log VALUES (1, '${accountId}', 'old');
  INSERT INTO iam_roles (account_id, "RoleName", "RoleId", "Path", "AssumeRolePolicyDocument", "MaxSessionDuration", "PermissionsBoundary", "Tags", "CreateDate")
  VALUES ('${accountId}', 'r', 'AROA1', '/', '{}', 3600, 'arn:aws:iam::aws:policy/ReadOnlyAccess', '{}', now());
  INSERT INTO iam_attached_role_policies VALUES ('${accountId}', 'r', 'arn:aws:iam::aws:policy/ReadOnlyAccess', NULL);
`;
const REGIONAL = [
  "functions function_versions function_tags aliases function_policies event_invoke_configs function_urls",
  "runtime_management_configs provisioned_concurrency event_source_mappings code_signing_configs function_code_signing",
  "layers layer_versions events usage_records log_groups change_log",
].flatMap((line) => line.split(" "));

let db: TestDatabase;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-upgrade-"));
  const before = join(folder, "before");
  await mkdir(before);
  for (const name of await readdir(MIGRATIONS))
    if (Number(name.slice(0, 4)) <= LAST_BEFORE) await copyFile(join(MIGRATIONS, name), join(before, name));
  db = await testDatabase();
  await db.database.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  await migrate(db.database, { region: "us-east-1", logger: silentLogger, directory: before });
  await db.database.query(ROWS);
  await migrate(db.database, { region, logger: silentLogger });
  await useMasterKeys(db.database, silentLogger);
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test.each(REGIONAL)("the rows of %s are kept, in the region that the installation runs in", async (table) => {
  const rows = await db.database.query<{ region: string }>(`SELECT DISTINCT region FROM ${table}`);
  expect(rows).toEqual([{ region }]);
});

test("every key and index that began with the account goes on with the region, and every foreign key is there", async () => {
  const definitions = async (database: TestDatabase) =>
    (
      await database.database.query<{ definition: string }>(
        `SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS definition FROM pg_constraint
          WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('p', 'u', 'f')
         UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = ANY ($1::text[]) ORDER BY 1`,
        [REGIONAL],
      )
    ).map(({ definition }) => definition.replaceAll("public.", ""));
  const upgraded = await definitions(db);
  const withAccountAlone = upgraded.filter((text) => /\(account_id(?!, region)/.test(text));
  expect(withAccountAlone.map((text) => /INDEX (\w+)/.exec(text)?.[1])).toEqual([
    "events_finished_with_payload",
    "function_versions_sizes",
    "layer_versions_sizes",
    "usage_records_by_account",
  ]);
  expect(upgraded.filter((text) => text.includes("FOREIGN KEY"))).toHaveLength(20);
  await using fresh = await testDatabase();
  expect(upgraded).toEqual(await definitions(fresh));
});

test("stores find what was there, and the same names are free in another region", async () => {
  const deps = { database: db.database, clock: new SystemClock(), random: systemRandom };
  const functions = new FunctionStore(deps);
  expect(await functions.get(key, "live")).toMatchObject({ ...key, Version: "1" });
  const loaded = await functions.loadFunction(key);
  expect(loaded?.versions.get("$LATEST")).toMatchObject(key);
  expect(JSON.stringify(loaded?.versions.get("$LATEST")?.configuration)).toBe('{"B":"1","A":"2"}');
  expect(await new TagStore(deps).list(key)).toEqual({ team: "red" });
  expect(await new PolicyStore(deps).find(key, "live")).toMatchObject({ document: { Statement: [] } });
  expect(await new LayerStore(deps).find({ accountId, region, LayerName: "libs", Version: 1 })).toBeDefined();
  expect(
    await new LogGroupStore(db.database).find({ accountId, region, logGroupName: "/aws/lambda/old" }),
  ).toBeDefined();
  const usage = { accountId, from: "2026-01-01", to: "2026-01-31" };
  expect(await new UsageStore(db.database).sums(usage)).toMatchObject([
    { region, functionName: "old", invocations: 1 },
  ]);
  expect((await readChanges(db.database, 0n, ["function"])).changes).toEqual([
    { seq: 1n, kind: "function", accountId, region, name: "old" },
  ]);
  expect(await new EventStore(db.database).claim("w", [EVENT], 1, 1000)).toMatchObject([{ id: EVENT, ...key }]);

  const other = { ...key, region: "cn-northwest-1" };
  const code = { digest: DIGEST, sizeBytes: 100 };
  await functions.create({ ...other, settings: SETTINGS, code, Tags: {}, Publish: true });
  await functions.delete(key);
  expect(await new AliasStore(deps).find(key, "live")).toBeUndefined();
  expect(await functions.get(other, "1")).toMatchObject(other);
});

test("ARNs of IAM move to the partition of the installation", async () => {
  const arn = "arn:aws-cn:iam::aws:policy/ReadOnlyAccess";
  expect(await db.database.query(`SELECT "PermissionsBoundary" FROM iam_roles`)).toEqual([
    { PermissionsBoundary: arn },
  ]);
  expect(await db.database.query(`SELECT "PolicyArn" FROM iam_attached_role_policies`)).toEqual([{ PolicyArn: arn }]);
});
