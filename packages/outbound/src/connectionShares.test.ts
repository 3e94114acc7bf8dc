import { expect, test } from "vitest";
import { ConnectionShares } from "./connectionShares.ts";

const never = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test("an account waits when it holds its share, and goes on when it gives one back", async () => {
  const shares = new ConnectionShares({ total: 100, perAccount: 2, waitingPerAccount: 5 });
  const first = await shares.acquire("a", never);
  await shares.acquire("a", never);
  let isServed = false;
  const third = shares.acquire("a", never).then(() => (isServed = true));
  await settled();
  expect(isServed).toBe(false);
  await shares.acquire("b", never); // another account does not wait
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await third;
  expect(shares.held).toBe(3);
});

test("accounts that hold everything they can leave some for the next account", async () => {
  const shares = new ConnectionShares({ total: 60, perAccount: 20, waitingPerAccount: 1_000 });
  for (let account = 0; account < 6; account++) {
    for (let i = 0; i < 50; i++) void shares.acquire(`hostile ${account}`, never);
  }
  await settled();
  expect(shares.held).toBeLessThan(60);
  await shares.acquire("honest", never);
});

test("what becomes free goes to the account that holds least", async () => {
  const shares = new ConnectionShares({ total: 8, perAccount: 8, waitingPerAccount: 5 });
  const held: Disposable[] = [];
  for (const account of ["a", "a", "a", "b", "b", "c", "d", "e"]) held.push(await shares.acquire(account, never));
  const order: string[] = [];
  for (const account of ["a", "b", "f"]) void shares.acquire(account, never).then(() => order.push(account));
  await settled();
  expect(order).toEqual([]);
  held[7]?.[Symbol.dispose]();
  await settled();
  expect(order).toEqual(["f"]);
});

test("too many that wait fail at once, and one that gives up leaves its place", async () => {
  const shares = new ConnectionShares({ total: 10, perAccount: 1, waitingPerAccount: 1 });
  await shares.acquire("a", never);
  const controller = new AbortController();
  const waits = shares.acquire("a", controller.signal);
  await expect(shares.acquire("a", never)).rejects.toMatchObject({ name: "OutboundFailed", reason: "busy" });
  controller.abort(new Error("given up"));
  await expect(waits).rejects.toThrow("given up");
  const next = shares.acquire("a", AbortSignal.abort(new Error("too late")));
  await expect(next).rejects.toThrow("too late");
});
