import type { Streams } from "@hearth/streams";
import { streamNameOf, type Tables } from "@hearth/tables";
import { expect, test } from "vitest";
import { findChangeStream } from "./changeStream.ts";

test("a stream without notes is described by the table that writes it, and not found without one", async () => {
  const where = { accountId: "000000000000", region: "us-east-1" };
  const key = { hash: { name: "pk", type: "S" } };
  const definition = { key, stream: { view: "NEW_IMAGE", label: "now", isEnabled: true } };
  const stream = { id: "1", ofTable: null };
  const deps = {
    tables: { find: ({ TableName }: { TableName: string }) => (TableName === "there" ? { definition } : undefined) },
    streams: {
      find: ({ StreamName }: { StreamName: string }) => (StreamName === streamNameOf("none", "x") ? undefined : stream),
    },
  } as unknown as { tables: Tables; streams: Streams };
  const find = async (rest: string) =>
    await findChangeStream(deps, where, `arn:aws:dynamodb:us-east-1:000000000000:table/${rest}`);
  expect(await find("there/stream/now")).toEqual({ key, view: "NEW_IMAGE", TableName: "there", stream, label: "now" });
  for (const other of ["there/stream/before", "gone/stream/now", "none/stream/x"]) {
    await expect(find(other)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  }
});
