import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { FunctionStore } from "./functions.ts";
import { PolicyStore } from "./policies.ts";
import { zipFunction } from "./testing/zipFunction.ts";

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
  expect(policy?.statements.map(({ Sid }) => Sid)).toEqual(["b", "a"]);
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
