import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { TableWork } from "./tableWork.ts";

test("an account whose tables take long does not keep the tables of others from their turn", async () => {
  const clock = new ManualClock();
  const worked: string[] = [];
  const table = (accountId: string, id: number) => ({
    ...{ id: `${accountId} ${id}`, accountId, region: "us-east-1", TableName: `t${id}` },
    definition: { timeToLive: "ttl" },
  });
  const tables = [...Array.from({ length: 500 }, (_, id) => table("hostile", id)), table("honest", 500)];
  const work = new TableWork({
    tables: {
      store: { thoseWith: () => Promise.resolve(tables) },
      items: {
        expired: async (id: string) => {
          worked.push(id);
          if (id.startsWith("hostile")) await clock.advance(6_000);
          return [];
        },
      },
    },
    ...{ streams: {}, clock, logger: silentLogger },
  } as unknown as ConstructorParameters<typeof TableWork>[0]);
  await work.deleteExpired(new AbortController().signal);
  expect(worked).toContain("honest 500");
  expect(worked.length).toBeLessThan(10);
  await work[Symbol.asyncDispose]();
});
