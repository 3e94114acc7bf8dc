import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { AliasStore } from "./aliases.ts";
import { latestChange } from "../change-log/changeLog.ts";
import { ConcurrencyStore } from "./concurrency.ts";
import { FunctionStore } from "./functions.ts";
import { PolicyStore } from "./policies.ts";
import { TagStore } from "./tags.ts";
import { HERE, SETTINGS } from "@hearth/testkit";

const clock = new ManualClock();
let db: TestDatabase;
let functions: FunctionStore;
let aliases: AliasStore;
let policies: PolicyStore;
let tags: TagStore;
let concurrency: ConcurrencyStore;
beforeAll(async () => {
  db = await testDatabase();
  const deps = { database: db.database, clock, random: systemRandom };
  functions = new FunctionStore(deps);
  aliases = new AliasStore(deps);
  policies = new PolicyStore(deps);
  tags = new TagStore(deps);
  concurrency = new ConcurrencyStore(deps);
});
afterAll(async () => await db[Symbol.asyncDispose]());

const settings = SETTINGS;
const archive = (byte: string) => ({ digest: byte.repeat(64), sizeBytes: 100 });
let made = 0;

async function newFunction(options: { readonly Publish?: boolean; readonly active?: boolean } = {}) {
  const key = { ...HERE, FunctionName: `f${made++}` };
  const created = await functions.create({
    ...key,
    settings,
    code: archive("a"),
    Tags: { team: "x" },
    Publish: options.Publish ?? false,
  });
  if (options.active ?? true) await activate(key);
  return { key, created };
}

async function wanted(key: { readonly FunctionName: string }) {
  const all = await functions.listActivations(1000);
  return all.filter(({ version }) => version.FunctionName === key.FunctionName);
}

async function activate(key: { readonly FunctionName: string }): Promise<void> {
  for (const { version } of await wanted(key)) {
    await functions.applyActivation(version);
    await functions.finishActivation(version);
  }
}

test("a new function is Pending, cannot be invoked, and is Active once its activation is finished", async () => {
  const { key, created } = await newFunction({ active: false });
  expect(created).toMatchObject({
    State: "Pending",
    StateReasonCode: "Creating",
    LastUpdateStatus: null,
    Version: "$LATEST",
  });
  const before = await functions.loadFunction(key);
  expect([...(before?.notActive ?? [])]).toEqual([["$LATEST", "Pending"]]);

  const [activation] = await wanted(key);
  expect(activation).toMatchObject({ state: "wanted", isNew: true, appliedSeq: null });
  const version = activation?.version;
  if (!version) throw new Error("no activation");
  await functions.explainActivation(version, "The image is being built.");
  expect((await functions.get(key)).StateReason).toBe("The image is being built.");
  const seq = await functions.applyActivation(version);
  expect(seq).toBe(await latestChange(db.database));
  expect(await functions.applyActivation(version), "a repeat").toBe(seq);
  expect((await functions.get(key)).State).toBe("Pending");
  const arn = `arn:aws:lambda:us-east-1:000000000000:function:${key.FunctionName}`;
  const refusal = `The operation cannot be performed at this time. The resource ${arn} is currently in the following state: 'Pending'. StateReasonCode: 'Creating'`;
  await expect(functions.update(key, { code: archive("b") })).rejects.toThrow(refusal);
  await expect(functions.publish(key, {})).rejects.toThrow(refusal);
  await functions.finishActivation(version);
  expect(await functions.get(key)).toMatchObject({
    State: "Active",
    StateReason: null,
    LastUpdateStatus: "Successful",
  });
  expect(await wanted(key)).toEqual([]);
  const after = await functions.loadFunction(key);
  expect(after?.versions.get("$LATEST")).toMatchObject({
    codeDigest: "a".repeat(64),
    configuration: { State: "Active", MemorySize: 128, Runtime: "nodejs22.x" },
  });
  expect(after?.notActive.size).toBe(0);
});

test("a function whose activation fails says why and can be updated", async () => {
  const { key } = await newFunction({ active: false, Publish: true });
  const [activation] = await wanted(key);
  if (!activation) throw new Error("no activation");
  await functions.failActivation(activation.version, "InvalidRuntime", "There is no interpreter.");
  expect(await functions.get(key)).toMatchObject({
    State: "Failed",
    StateReasonCode: "InvalidRuntime",
    LastUpdateStatus: "Failed",
  });
  expect(await functions.get(key, "1")).toMatchObject({ State: "Failed" });
  expect(await functions.update(key, { code: archive("b") })).toMatchObject({
    State: "Pending",
    LastUpdateStatus: "InProgress",
  });
  await activate(key);
  expect(await functions.get(key)).toMatchObject({ State: "Active" });
});

test("version 1 of a function created with Publish becomes active together with $LATEST", async () => {
  const { key, created } = await newFunction({ active: false, Publish: true });
  expect(created).toMatchObject({ Version: "1", State: "Pending" });
  const activations = await wanted(key);
  expect(activations.map(({ version }) => version.Version)).toEqual(["$LATEST"]);
  await activate(key);
  expect(await functions.get(key, "1")).toMatchObject({
    State: "Active",
    LastUpdateStatus: "Successful",
    snapshotId: created.snapshotId,
  });
  const loaded = await functions.loadFunction(key, ["1"]);
  expect([...(loaded?.versions.keys() ?? [])].sort()).toEqual(["$LATEST", "1"]);
  expect(loaded?.versions.get("1")?.snapshotId).toBe(created.snapshotId);
});

test("an update runs the old snapshot until it is applied and refuses others meanwhile", async () => {
  const { key } = await newFunction();
  const answer = await functions.update(key, { settings: (current) => ({ ...current, MemorySize: 256 }) });
  expect(answer).toMatchObject({
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReasonCode: "Creating",
    MemorySize: 256,
  });
  const running = (await functions.loadFunction(key))?.versions.get("$LATEST");
  expect(running?.configuration.MemorySize).toBe(128);
  await expect(functions.update(key, { code: archive("b") })).rejects.toThrow(
    `The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:${key.FunctionName}`,
  );
  await expect(functions.publish(key, {})).rejects.toMatchObject({ code: "ResourceConflictException" });
  await activate(key);
  const updated = (await functions.loadFunction(key))?.versions.get("$LATEST");
  expect(updated?.configuration.MemorySize).toBe(256);
  expect(updated?.snapshotId).not.toBe(running?.snapshotId);
});

test("a failed update leaves what runs running", async () => {
  const { key } = await newFunction();
  await functions.update(key, { code: archive("b") });
  const [activation] = await wanted(key);
  if (!activation) throw new Error("no activation");
  await functions.failActivation(activation.version, "InvalidZipFileException", "broken");
  expect(await functions.get(key)).toMatchObject({
    State: "Active",
    LastUpdateStatus: "Failed",
    LastUpdateStatusReason: "broken",
  });
  await expect(functions.publish(key, {})).rejects.toThrow(
    "is currently in the following state: 'Failed'. StateReasonCode: 'InvalidZipFileException'",
  );
  expect((await functions.loadFunction(key))?.versions.get("$LATEST")?.codeDigest).toBe("a".repeat(64));
});

test("an activation that a newer revision or a deletion has replaced is not applied", async () => {
  const { key } = await newFunction({ active: false });
  const [activation] = await wanted(key);
  if (!activation) throw new Error("no activation");
  await functions.delete(key);
  expect(await functions.applyActivation(activation.version)).toBeUndefined();
  await functions.create({ ...key, settings, code: archive("c"), Tags: {}, Publish: false });
  expect(await functions.applyActivation(activation.version)).toBeUndefined();
  await functions.finishActivation(activation.version);
  expect(await functions.get(key)).toMatchObject({ State: "Pending" });
});

test("a repeat of an update with the same invocation id is answered as the first", async () => {
  const { key } = await newFunction();
  const first = await functions.update(key, { code: archive("b"), invocationId: "id-1" });
  expect(await functions.update(key, { code: archive("b"), invocationId: "id-1" })).toEqual(first);
  await activate(key);
  expect(await functions.update(key, { code: archive("b"), invocationId: "id-1" })).toEqual(first);
  expect(await functions.update(key, { code: archive("b"), invocationId: "id-2" })).not.toEqual(first);
});

test("publishing what is published already answers with that version; a change makes the next one", async () => {
  const { key } = await newFunction();
  const one = await functions.publish(key, { Description: "first" });
  expect(one).toMatchObject({
    Version: "1",
    State: "Active",
    LastUpdateStatus: "Successful",
    settings: { Description: "first" },
  });
  expect((await functions.loadFunction(key, ["1"]))?.versions.get("1")?.configuration.Description).toBe("first");
  expect((await functions.publish(key, {})).RevisionId).toBe(one.RevisionId);
  await functions.update(key, { code: archive("b"), Publish: true });
  await activate(key);
  expect(await functions.get(key, "2")).toMatchObject({ State: "Active", code: { digest: "b".repeat(64) } });
  expect((await functions.publish(key, {})).Version).toBe("2");
  await expect(functions.publish(key, { CodeSha256: "x" })).rejects.toThrow(
    "is different from current CodeSHA256 in $LATEST",
  );
  await expect(functions.publish(key, { RevisionId: one.RevisionId })).rejects.toMatchObject({
    code: "PreconditionFailedException",
  });
});

test("numbers of deleted versions are not given again, but a recreated function starts at 1", async () => {
  const { key } = await newFunction();
  await functions.publish(key, {});
  await functions.deleteVersion(key, "1");
  expect((await functions.publish(key, {})).Version).toBe("2");
  await functions.delete(key);
  await functions.create({ ...key, settings, code: archive("a"), Tags: {}, Publish: false });
  await activate(key);
  expect((await functions.publish(key, {})).Version).toBe("1");
  expect(await tags.list(key)).toEqual({});
});

test("deleting a function deletes its versions, aliases, policies and tags", async () => {
  const { key } = await newFunction();
  await functions.publish(key, {});
  await aliases.create(key, "live", { FunctionVersion: "1", Description: "", AdditionalVersionWeights: {} });
  const statement = {
    Sid: "s",
    Effect: "Allow",
    Principal: "*",
    Action: "lambda:InvokeFunction",
    Resource: "r",
  } as const;
  await policies.add(key, "live", statement);
  await functions.delete(key);
  expect(await functions.loadFunction(key)).toBeUndefined();
  expect(
    await db.database.query(`SELECT 1 FROM function_policies WHERE "FunctionName" = $1`, [key.FunctionName]),
  ).toEqual([]);
  await expect(functions.delete(key)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
});

test("a version that an alias points to cannot be deleted", async () => {
  const { key } = await newFunction();
  await functions.publish(key, {});
  await functions.update(key, { code: archive("b"), Publish: true });
  await activate(key);
  await aliases.create(key, "live", { FunctionVersion: "1", Description: "", AdditionalVersionWeights: { "2": 0.1 } });
  const refused = "Unable to delete version because the following aliases reference it: [live]";
  await expect(functions.deleteVersion(key, "1")).rejects.toThrow(refused);
  await expect(functions.deleteVersion(key, "2")).rejects.toThrow(refused);
  expect(await functions.get(key, "live")).toMatchObject({ Version: "1" });
  expect((await functions.loadFunction(key))?.aliases.get("live")).toEqual({
    FunctionVersion: "1",
    AdditionalVersionWeights: { "2": 0.1 },
  });
  await aliases.delete(key, "live");
  await functions.deleteVersion(key, "1");
  expect(await functions.find(key, "1")).toBeUndefined();
});

test("listings are read page by page", async () => {
  const account = { accountId: "111111111111", region: "us-east-1" };
  for (const name of ["b", "a", "C", "d"]) {
    await functions.create({
      ...account,
      FunctionName: name,
      settings,
      code: archive("a"),
      Tags: {},
      Publish: name === "b",
    });
  }
  const names: string[] = [];
  for (let Marker: string | undefined, more = true; more; more = Marker !== undefined) {
    const page = await functions.list(account, { Marker, MaxItems: 3 });
    names.push(...page.items.map(({ FunctionName }) => FunctionName));
    Marker = page.NextMarker;
  }
  expect(names).toEqual(["C", "a", "b", "d"]);
  const all = await functions.list(account, { MaxItems: 3 }, true);
  const rest = await functions.list(account, { MaxItems: 3, Marker: all.NextMarker }, true);
  expect([...all.items, ...rest.items].map(({ FunctionName, Version }) => `${FunctionName}:${Version}`)).toEqual([
    "C:$LATEST",
    "a:$LATEST",
    "b:$LATEST",
    "b:1",
    "d:$LATEST",
  ]);
  await expect(functions.list(account, { Marker: "nonsense", MaxItems: 3 })).rejects.toThrow("Invalid Marker");
  const versions = await functions.listVersions({ ...account, FunctionName: "b" }, { MaxItems: 1 });
  expect(versions.items.map(({ Version }) => Version)).toEqual(["$LATEST"]);
  expect(versions.NextMarker).toBeDefined();
  await expect(functions.listVersions({ ...account, FunctionName: "none" }, { MaxItems: 1 })).rejects.toThrow(
    "Function not found",
  );
  expect(await functions.usage(account)).toEqual({ TotalCodeSize: 500, FunctionCount: 4 });
});

test("an alias with weights follows AWS's rules", async () => {
  const { key } = await newFunction();
  await functions.publish(key, {});
  const point = (FunctionVersion: string, AdditionalVersionWeights: Record<string, number> = {}) =>
    aliases.create(key, "a", { FunctionVersion, Description: "", AdditionalVersionWeights });
  await expect(point("7")).rejects.toThrow(
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:" + key.FunctionName + ":7",
  );
  await expect(point("$LATEST", { "1": 0.5 })).rejects.toThrow(
    "$LATEST is not supported for an alias pointing to more than 1 version",
  );
  await expect(point("1", { "1": 0.5 })).rejects.toThrow("already included in routing configuration");
  await expect(point("1", { "1": 0.5, "2": 0.1 })).rejects.toThrow(
    "Number of items in AdditionalVersionWeights cannot be greater than 1",
  );
  const made = await point("$LATEST");
  await expect(point("1")).rejects.toThrow("Alias already exists: arn");
  const moved = await aliases.update(key, "a", { FunctionVersion: "1" }, made.RevisionId);
  expect(moved).toMatchObject({ FunctionVersion: "1" });
  await expect(aliases.update(key, "a", { Description: "x" }, made.RevisionId)).rejects.toMatchObject({
    code: "PreconditionFailedException",
  });
  await expect(aliases.update(key, "b", {})).rejects.toThrow("Alias not found: arn");
  expect((await aliases.list(key, { MaxItems: 10 }, "1")).items).toEqual([moved]);
  expect((await aliases.list(key, { MaxItems: 10 }, "2")).items).toEqual([]);
});

test("a revision changes with states, tags and publishing, not with policies, which have their own; what runs does not", async () => {
  const { key, created } = await newFunction();
  const revision = async (qualifier?: string) => (await functions.get(key, qualifier)).RevisionId;
  const ofPolicy = async (qualifier?: string) => (await policies.find(key, qualifier))?.RevisionId;
  const running = async () => (await functions.loadFunction(key))?.versions.get("$LATEST")?.snapshotId;
  const statement = (Sid: string) => ({ Sid, Effect: "Allow", Principal: "*", Action: "*", Resource: "r" }) as const;
  expect(await running()).toBe(created.snapshotId);
  const seen = [created.RevisionId, await revision()];
  await policies.add(key, undefined, statement("a"), seen.at(-1));
  expect(await revision()).toBe(seen.at(-1));
  const first = await ofPolicy();
  expect(seen).not.toContain(first);
  await tags.put(key, { a: "1" });
  seen.push(await revision());
  await tags.remove(key, ["a"]);
  seen.push(await revision());
  await tags.remove(key, ["a"]);
  expect(await revision()).toBe(seen.at(-1));
  const one = await functions.publish(key, { RevisionId: seen.at(-1) });
  seen.push(await revision(), one.RevisionId);
  expect(new Set(seen).size).toBe(seen.length);
  expect(await ofPolicy()).toBe(first);
  await policies.add(key, undefined, statement("b"), first);
  expect(await ofPolicy()).not.toBe(first);
  await expect(policies.add(key, undefined, statement("c"), first)).rejects.toMatchObject({
    code: "PreconditionFailedException",
  });
  await concurrency.put(key, 1, 1000);
  await concurrency.delete(key);
  await functions.publish(key, {});
  expect(await revision()).toBe(seen.at(-2));
  expect(await running()).toBe(created.snapshotId);
  const before = await ofPolicy();
  await policies.add(key, "1", statement("a"), one.RevisionId);
  expect([await revision("1"), await ofPolicy()]).toEqual([one.RevisionId, before]);
  const alias = await aliases.create(key, "live", {
    FunctionVersion: "1",
    Description: "",
    AdditionalVersionWeights: {},
  });
  await policies.add(key, "live", statement("a"), alias.RevisionId);
  expect((await aliases.find(key, "live"))?.RevisionId).toBe(alias.RevisionId);
  expect(new Set([await ofPolicy(), await ofPolicy("1"), await ofPolicy("live"), alias.RevisionId]).size).toBe(4);
});

test("a version that an update publishes is Pending at first, and $LATEST in progress", async () => {
  const { key } = await newFunction();
  const answer = await functions.update(key, { code: { digest: "b".repeat(64), sizeBytes: 7 }, Publish: true });
  expect(answer).toMatchObject({ Version: "1", State: "Pending", StateReasonCode: "Creating" });
  expect(await functions.get(key, "1")).toMatchObject({
    RevisionId: answer.RevisionId,
    State: "Pending",
    LastUpdateStatus: null,
    LastUpdateStatusReasonCode: null,
  });
  const latest = await functions.get(key);
  expect(latest).toMatchObject({ State: "Active", LastUpdateStatus: "InProgress" });
  expect(latest.RevisionId).not.toBe(answer.RevisionId);
});
