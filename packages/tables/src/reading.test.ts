import { expect, onTestFinished, test } from "vitest";
import { EvaluationTurns } from "./evaluationTurns.ts";
import { scan } from "./reading.ts";
import type { Table } from "./table.ts";
import type { Tables } from "./tables.ts";

const evaluationTurns = new EvaluationTurns();

/** Each look at the clock takes a millisecond. */
function tablesWith(rows: number): Tables {
  let nowMs = 0;
  const key = { place: 0, hash: Buffer.from("a"), range: Buffer.alloc(0) };
  const row = { ...key, version: "1", bytes: 10, item: '{"p":{"S":"a"}}' };
  const stored = Array.from({ length: rows }, () => row);
  let read = 0;
  const items = {
    scan: (_id: string, { limit }: { readonly limit: number }) =>
      Promise.resolve(stored.slice(read, (read += Math.min(limit, rows - read)))),
  };
  return { monotonicMs: () => nowMs++, evaluationTurns, items } as unknown as Tables;
}

const table = { id: "1", definition: { key: { hash: { name: "p", type: "S" } } } } as unknown as Table;

test("while many filters take long, everything else goes on after each slice of one of them", async () => {
  let evaluated = 0;
  const between: number[] = [];
  let last = 0;
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const look = (): void => {
    between.push(evaluated - last);
    last = evaluated;
    if (!isOver) setImmediate(look);
  };
  const filter = (): boolean => (evaluated++, true);
  const scans = Array.from({ length: 10 }, () => scan(tablesWith(60), table, { filter }));
  // All begin at once, with a slice each.
  await Promise.resolve();
  setImmediate(look);
  const pages = await Promise.all(scans);
  isOver = true;
  expect(pages.map(({ items }) => items.length)).toEqual(Array.from({ length: 10 }, () => 60));
  expect(evaluated).toBe(600);
  expect(Math.max(...between.slice(1))).toBeLessThan(20);
});
