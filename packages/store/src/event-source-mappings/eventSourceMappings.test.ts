import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { ResourceConflictException } from "@hearth/model";
import { ACCOUNT, testDatabase } from "@hearth/testkit";
import { EventSourceMappingStore } from "./eventSourceMappings.ts";

test("of mappings of a function for one topic that share a server, only one can be made, also at once and beside any filter", async () => {
  await using db = await testDatabase();
  const mappings = new EventSourceMappingStore({ database: db.database, clock: new ManualClock() });
  const create = (server: string, topic: string, Pattern = '{"a":["b"]}') =>
    mappings.create({
      UUID: systemRandom.uuid(),
      accountId: ACCOUNT,
      region: "us-east-1",
      FunctionName: "f",
      enabled: true,
      settings: {
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["common:9092", server] } },
        Topics: [topic],
        FilterCriteria: { Filters: [{ Pattern }] },
      },
      Tags: {},
    });
  await create("a:9092", "other", '{"a":["half a character: \ud800"]}');
  const results = await Promise.allSettled(["a:9092", "b:9092", "c:9092"].map((server) => create(server, "topic")));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(ResourceConflictException);
  }
});
