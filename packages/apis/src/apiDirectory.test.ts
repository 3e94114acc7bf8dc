import { silentLogger } from "@hearth/kit";
import type { Database } from "@hearth/store";
import { expect, test } from "vitest";
import { ApiDirectory } from "./apiDirectory.ts";

/** A database with one REST API, and the requests that it got. */
function directoryOf(apiId: string) {
  const asked: string[] = [];
  let underWay = 0;
  let most = 0;
  let notify: (payload: string) => void = () => undefined;
  const record = { apiId, accountId: "111111111111", region: "us-east-1", protocol: "HTTP", settings: {}, tags: {} };
  const answer = async (sql: string, [given]: readonly unknown[] = []): Promise<unknown[]> => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    if (!sql.includes("FROM apigateway_apis")) return [];
    asked.push(String(given));
    return given === apiId ? [record] : [];
  };
  const database = {
    prepared: answer,
    query: answer,
    listen: (_: string, on: { onConnected: () => void; onNotify: (payload: string) => void }) => {
      on.onConnected();
      notify = on.onNotify;
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
    },
  } as unknown as Database;
  const directory = new ApiDirectory({ database, logger: silentLogger });
  return { directory, asked, mostAtOnce: () => most, notify: (payload: string) => notify(payload) };
}

test("a client that tries many ids makes no API forgotten, and takes up few connections", async () => {
  const { directory, asked, mostAtOnce } = directoryOf("known");
  await directory.start();
  const known = await directory.findApi("known");
  await Promise.all(Array.from({ length: 12_000 }, async (_, id) => await directory.findApi(`none${id}`)));
  expect(await directory.findApi("known")).toBe(known);
  expect(mostAtOnce()).toBeLessThan(20);
  expect(directory.findApi("none1")).toBeUndefined();
  expect(asked.filter((id) => id === "known" || id === "none1")).toEqual(["known", "none1"]);
});

test("an API that did not exist is found once it was announced", async () => {
  const { directory, notify } = directoryOf("late");
  await directory.start();
  expect(await directory.findApi("other")).toBeUndefined();
  expect(directory.findApi("other")).toBeUndefined();
  notify("api other");
  expect(directory.findApi("other")).toBeInstanceOf(Promise);
  expect(await directory.findApi("late")).toMatchObject({ record: { apiId: "late" } });
});
