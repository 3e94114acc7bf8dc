import type { Consumer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { checkedConnections } from "./checkedConnections.ts";

test("each broker of the metadata is checked before it is connected to", async () => {
  const opened: unknown[] = [];
  const connections = {
    get: (server: unknown, callback: (error: Error | null) => void) => {
      opened.push(server);
      callback(null);
    },
  };
  checkedConnections(
    { connections } as unknown as Consumer,
    async ({ host }) => {
      if (host === "inside") throw new Error("not there");
      return ["192.0.2.1"];
    },
    undefined,
  );
  const get = (host: string): Promise<string> =>
    new Promise((resolve) => connections.get({ host, port: 9092 }, (error) => resolve(error?.message ?? "connected")));
  expect(await get("inside")).toBe("not there");
  expect(await get("outside")).toBe("connected");
  expect(opened).toEqual([{ host: "192.0.2.1", port: 9092 }]);
});
