import { expect, test } from "vitest";
import type { Pool } from "./pool.ts";
import { PoolMap } from "./poolMap.ts";
import { testVersion } from "./testing/testVersion.ts";

/** Of a pool, what the map looks at. */
class SeenPool implements Pick<Pool, "version" | "isRetired"> {
  isRetired = false;
  looks = 0;
  readonly #FunctionName: string;

  constructor(FunctionName: string) {
    this.#FunctionName = FunctionName;
  }

  get version() {
    this.looks++;
    return testVersion({ FunctionName: this.#FunctionName });
  }

  get asPool(): Pool {
    return this as unknown as Pool;
  }
}

const ACCOUNT = "000000000000";
const HERE = { accountId: ACCOUNT, region: "us-east-1" };

test("a function's pools are found without reading those of other functions", () => {
  const pools = new PoolMap();
  const own = new SeenPool("own");
  const others = Array.from({ length: 100 }, (_, i) => new SeenPool(`other-${String(i)}`));
  for (const pool of [own, ...others]) pools.add(pool.asPool);
  for (const pool of others) pool.looks = 0;
  expect([...pools.ofFunction(HERE, "own")]).toEqual([own]);
  pools.delete(own.asPool);
  expect([...pools.ofFunction(HERE, "own")]).toEqual([]);
  expect(others.filter(({ looks }) => looks > 0)).toEqual([]);
  expect([...pools]).toHaveLength(100);
});

test("a pool replaces only a retired pool with the same key, and both are listed until they are deleted", () => {
  const pools = new PoolMap();
  const key = `${ACCOUNT}:us-east-1:own:$LATEST:snapshot-1`;
  const [old, current] = [new SeenPool("own"), new SeenPool("own")];
  pools.add(old.asPool);
  old.isRetired = true;
  pools.add(current.asPool);
  expect(pools.get(key)).toBe(current);
  pools.add(old.asPool); // used once more, by who still had its snapshot
  expect(pools.get(key)).toBe(current);
  expect([...pools]).toEqual([old, current]);
  pools.delete(old.asPool);
  expect([pools.get(key), ...pools]).toEqual([current, current]);
});
