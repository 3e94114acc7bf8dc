import type { ServiceSender } from "@hearth/model";
import { SecretStore, SecretVersionStore } from "@hearth/store";
import { ACCOUNT, HERE, REGION, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secretArn } from "./secretArn.ts";
import { secretReader } from "./secretReader.ts";

const key = { ...HERE, Name: "app/key" };
const sender: ServiceSender = {
  ...{ kind: "service", accountId: ACCOUNT, region: REGION, principal: "events.amazonaws.com" },
  sourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:connection/c`,
};

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await db.database.transaction(async (tx) => {
    await new SecretStore(db.database).create(tx, key, { settings: {}, tags: {} });
    const versions = new SecretVersionStore(db.database);
    await versions.put(tx, key, "v1", { SecretString: "hidden" });
    await versions.setStages(tx, key, "v1", ["AWSCURRENT"]);
  });
});
afterEach(async () => await db[Symbol.asyncDispose]());

test("the current value is read by name and ARN, in the name of the sender", async () => {
  const asked: unknown[] = [];
  const refusalOf = async (...question: unknown[]) => void asked.push(question);
  const reader = secretReader({ database: db.database, senders: { refusalOf: refusalOf as () => Promise<undefined> } });
  expect(await reader.valueOf("app/key", sender)).toBe("hidden");
  expect(await reader.valueOf(secretArn(key), sender)).toBe("hidden");
  expect(asked[0]).toEqual([sender, { action: "secretsmanager:GetSecretValue", resource: secretArn(key) }]);
});

test("a sender without permission, and a secret that is missing or marked for deletion, are refused", async () => {
  const refusing = secretReader({ database: db.database, senders: { refusalOf: async () => "it may not" } });
  await expect(refusing.valueOf("app/key", sender)).rejects.toMatchObject({ code: "AccessDeniedException" });
  const reader = secretReader({ database: db.database, senders: { refusalOf: async () => undefined } });
  await expect(reader.valueOf("none", sender)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  await new SecretStore(db.database).change(db.database, key, { deletedMs: 1 });
  await expect(reader.valueOf("app/key", sender)).rejects.toMatchObject({ code: "InvalidRequestException" });
});
