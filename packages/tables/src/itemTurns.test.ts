import { expect, test } from "vitest";
import { ItemTurns } from "./itemTurns.ts";

test("turns of one item follow each other in the order in which they were asked for, those of others do not wait", async () => {
  const turns = new ItemTurns();
  const seen: string[] = [];
  const first = await turns.take("a");
  const waiting = ["second", "third"].map(async (name) => {
    using _turn = await turns.take("a");
    seen.push(name);
  });
  {
    using _other = await turns.take("b");
    seen.push("other");
  }
  first[Symbol.dispose]();
  await Promise.all(waiting);
  expect(seen).toEqual(["other", "second", "third"]);
});

test("several items are taken without a deadlock, and each once", async () => {
  const turns = new ItemTurns();
  let holders = 0;
  const take = async (names: readonly string[]): Promise<void> => {
    using _turns = await turns.takeAll(names);
    expect(++holders).toBe(1);
    await Promise.resolve();
    holders--;
  };
  await Promise.all([take(["a", "b", "a"]), take(["b", "a"]), take(["a", "b"])]);
});
