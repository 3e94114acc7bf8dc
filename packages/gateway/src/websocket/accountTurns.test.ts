import { expect, test } from "vitest";
import { AccountTurns } from "./accountTurns.ts";

test("an account whose jobs hang does not keep those of others waiting, nor grow without end", async () => {
  const started: string[] = [];
  const hung: (() => void)[] = [];
  const turns = new AccountTurns<string>((job) => {
    started.push(job);
    return job === "hangs" ? new Promise((resolve) => hung.push(resolve)) : Promise.resolve();
  });
  let taken = 0;
  for (let i = 0; i < 30_000; i++) if (turns.add("hostile", "hangs")) taken++;
  expect(taken).toBeLessThan(30_000);
  expect(started.length).toBeLessThan(100);
  for (let i = 0; i < 50; i++) expect(turns.add("honest", "works")).toBe(true);
  await expect.poll(() => started.filter((job) => job === "works").length).toBe(50);
  turns.forget();
  for (const end of hung) end();
  await turns.done();
  expect(started.length).toBeLessThan(150);
});

test("all jobs of an account are run, and then it is done", async () => {
  let ran = 0;
  const turns = new AccountTurns<number>(async () => {
    await Promise.resolve();
    ran++;
  });
  await turns.done();
  for (let i = 0; i < 100; i++) turns.add("a", i);
  await turns.done();
  expect(ran).toBe(100);
});
