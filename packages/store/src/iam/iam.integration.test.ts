import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { IamEntityPolicyStore } from "./entityPolicies.ts";
import { IamPolicyStore } from "./policies.ts";
import { IamRoleStore, type RoleRecord } from "./roles.ts";

let db: TestDatabase;
let roles: IamRoleStore;
let policies: IamPolicyStore;
let rolePolicies: IamEntityPolicyStore;
beforeAll(async () => {
  db = await testDatabase();
  roles = new IamRoleStore(db.database);
  policies = new IamPolicyStore(db.database);
  rolePolicies = new IamEntityPolicyStore(db.database, "role");
});
afterAll(async () => await db[Symbol.asyncDispose]());
beforeEach(async () => await db.database.query("TRUNCATE iam_roles, iam_policies CASCADE"));

const accountId = "000000000000";
const key = { accountId, RoleName: "role" };
const entity = { accountId, name: "role" };
const own = "arn:aws:iam::000000000000:policy/p";
const role: RoleRecord = {
  RoleName: "role",
  RoleId: "AROA1",
  Path: "/",
  AssumeRolePolicyDocument: "{}",
  Description: null,
  MaxSessionDuration: 3600,
  PermissionsBoundary: null,
  Tags: { a: "1" },
  CreateDate: new Date(0),
};
const policy = { PolicyName: "p", PolicyId: "ANPA1", Path: "/", Description: null, Tags: {}, CreateDate: new Date(0) };

test("a role is stored as it was given, for its account alone", async () => {
  expect(await roles.create(accountId, role)).toBe(true);
  expect(await roles.create("111111111111", { ...role, RoleId: "AROA2" })).toBe(true);
  expect(await roles.find(key)).toEqual(role);
  await roles.delete({ accountId: "111111111111", RoleName: "role" });
  expect(await roles.find(key)).toEqual(role);
});

test("of many that create one role at once a single one succeeds", async () => {
  const attempts = Array.from({ length: 8 }, (_, i) =>
    roles.create(accountId, { ...role, RoleName: i % 2 ? "role" : "ROLE", RoleId: `AROA${i}` }),
  );
  expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
});

test("a policy that is deleted while it is attached is either attached or gone, never both", async () => {
  await roles.create(accountId, role);
  for (let i = 0; i < 10; i++) {
    await policies.create(accountId, { ...policy, PolicyId: `ANPA${i}` }, "{}");
    const [attached, deleted] = await Promise.all([
      rolePolicies.attach(entity, own, "p", 20),
      policies.delete({ accountId, PolicyName: "p" }),
    ]);
    expect([
      ["attached", "attached"],
      ["policyMissing", "deleted"],
    ]).toContainEqual([attached, deleted]);
    expect(await rolePolicies.listAttached(entity, "", 20)).toHaveLength(attached === "attached" ? 1 : 0);
    await rolePolicies.detach(entity, own);
    await policies.delete({ accountId, PolicyName: "p" });
  }
});

test("inline policies that are put at once keep their common limit", async () => {
  await roles.create(accountId, role);
  const puts = Array.from({ length: 6 }, (_, i) =>
    rolePolicies.putInline(entity, { PolicyName: `p${i}`, PolicyDocument: "x".repeat(40) }, 100),
  );
  expect((await Promise.all(puts)).filter((outcome) => outcome === "put")).toHaveLength(2);
});

test("versions that are added at once get numbers of their own, five in all", async () => {
  await policies.create(accountId, policy, "{}");
  const adds = Array.from({ length: 6 }, () =>
    policies.addVersion({ accountId, PolicyName: "p" }, "{}", true, new Date(1)),
  );
  expect((await Promise.all(adds)).map(String).toSorted()).toEqual(["2", "3", "4", "5", "tooMany", "tooMany"]);
  expect((await policies.find({ accountId, PolicyName: "p" }))?.defaultVersion).toBe(5);
});

test("tags are 50 at most", async () => {
  await roles.create(accountId, role);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, ""]));
  expect(await roles.tag(key, many)).toBe("tooMany");
  expect(await roles.untag(key, ["a"])).toBe(true);
  expect(await roles.tag(key, many)).toBe("tagged");
  expect(await roles.tag({ ...key, RoleName: "none" }, {})).toBe("missing");
});
