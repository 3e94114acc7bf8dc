import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { FunctionStore } from "./functions.ts";
import { PolicyStore } from "./policies.ts";
import { zipFunction } from "@hearth/testkit";

test("a policy keeps the order of its statements and goes with its last one", async () => {
  await using db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const policies = new PolicyStore(deps);
  const key = zipFunction("f");
  await new FunctionStore(deps).create(key);
  const statement = (Sid: string) =>
    ({ Sid, Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: "r" }) as const;
  await policies.add(key, undefined, statement("b"));
  await policies.add(key, undefined, statement("a"));
  const policy = await policies.find(key, undefined);
  expect(policy?.document.Statement).toMatchObject([{ Sid: "b" }, { Sid: "a" }]);
  await expect(policies.add(key, undefined, statement("a"))).rejects.toThrow(
    "The statement id (a) provided already exists.",
  );
  await expect(policies.remove(key, undefined, "a", "old")).rejects.toMatchObject({
    code: "PreconditionFailedException",
  });
  await expect(policies.remove(key, undefined, "c")).rejects.toThrow("Statement c is not found in resource policy.");
  await expect(policies.add(key, "1", statement("a"))).rejects.toThrow("Function not found");
  await policies.remove(key, undefined, "a", policy?.RevisionId);
  await policies.remove(key, undefined, "b");
  expect(await policies.find(key, undefined)).toBeUndefined();
  await expect(policies.remove(key, undefined, "b")).rejects.toThrow(
    "No policy is associated with the given resource.",
  );
});

test("a whole document takes the place of what is there, is added to and taken from", async () => {
  await using db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const policies = new PolicyStore(deps);
  const key = zipFunction("f");
  await new FunctionStore(deps).create(key);
  const statement = (Sid: string) =>
    ({ Sid, Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: "r" }) as const;
  await policies.add(key, undefined, statement("a"));
  const deny = { Sid: "d", Effect: "Deny", Principal: "*", Action: "lambda:*", Resource: "r" };
  const revision = await policies.put(key, undefined, { Version: "2008-10-17", Statement: deny });
  expect(await policies.find(key, undefined)).toEqual({
    RevisionId: revision,
    document: { Version: "2008-10-17", Statement: deny },
  });
  await policies.add(key, undefined, statement("a"));
  expect(await policies.about(key, "live")).toEqual([{ Version: "2008-10-17", Statement: [deny, statement("a")] }]);
  await expect(policies.put(key, undefined, { Statement: deny }, revision)).rejects.toThrow("GetResourcePolicy");
  await policies.remove(key, undefined, "d");
  await expect(policies.delete(key, undefined, revision)).rejects.toMatchObject({
    code: "PreconditionFailedException",
  });
  await policies.delete(key, undefined);
  expect(await policies.about(key, undefined)).toEqual([]);
  await expect(policies.delete(key, undefined)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  const long = { ...deny, Sid: "x".repeat(20_480) };
  await expect(policies.put(key, undefined, { Statement: long })).rejects.toMatchObject({
    code: "PolicyLengthExceededException",
  });
});
