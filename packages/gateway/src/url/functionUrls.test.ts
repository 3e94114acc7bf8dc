import { ManualClock } from "@hearth/kit";
import type { FunctionKey, IndexedFunction } from "@hearth/store";
import { expect, test } from "vitest";
import type { HttpAddress } from "../httpAddress.ts";
import { FunctionUrls, type FunctionUrlsDeps } from "./functionUrls.ts";

const key: FunctionKey = { accountId: "000000000000", region: "us-east-1", FunctionName: "f" };
const fnWith = (...ids: string[]): IndexedFunction => ({
  ...key,
  versions: new Map(),
  notActive: new Map(),
  aliases: new Map(),
  urls: new Map(ids.map((id) => [id, { AuthType: "NONE" }])),
});
const address = (id: string, region?: string): HttpAddress => ({
  ...{ form: "url", id, region, host: "h", path: "/", isPathForm: region === undefined },
});

function openUrls() {
  const clock = new ManualClock();
  const asked: string[] = [];
  let held: IndexedFunction | undefined;
  const state = { fn: fnWith("known") };
  const urls = new FunctionUrls({
    functions: {
      find: () => held,
      load: () => Promise.resolve((held = state.fn)),
    },
    store: {
      ownerOf: (id) => {
        asked.push(id);
        return Promise.resolve(id === "known" ? key : undefined);
      },
    },
    clock,
  } as Pick<FunctionUrlsDeps, "functions" | "store" | "clock"> as FunctionUrlsDeps);
  return {
    urls,
    asked,
    clock,
    changed: (...ids: string[]) => void (held = state.fn = fnWith(...ids)),
    drop: () => void (held = undefined),
  };
}

test("a known URL is found without a promise, and PostgreSQL was asked for its owner once", async () => {
  const { urls, asked, drop } = openUrls();
  const first = await urls.find(address("known", "us-east-1"));
  expect(first).toBeDefined();
  expect(urls.find(address("known"))).toBe(first);
  drop();
  expect(await urls.find(address("known"))).toBeDefined();
  expect(asked).toEqual(["known"]);
});

test("a URL that is gone from the function, or asked for in another region, is not found", async () => {
  const { urls, changed } = openUrls();
  await urls.find(address("known"));
  expect(urls.find(address("known", "eu-west-1"))).toBeUndefined();
  changed("other");
  expect(urls.find(address("known"))).toBeUndefined();
});

test("an id that no URL has is looked up once in two seconds", async () => {
  const { urls, asked, clock } = openUrls();
  for (let i = 0; i < 3; i++) expect(await urls.find(address("none"))).toBeUndefined();
  expect(asked).toEqual(["none"]);
  await clock.advance(2_001);
  await urls.find(address("none"));
  expect(asked).toEqual(["none", "none"]);
});
