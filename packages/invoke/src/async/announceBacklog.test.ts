import { createLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { announceBacklog } from "./announceBacklog.ts";

async function said(unfinished: number, interrupted: number): Promise<readonly unknown[]> {
  const lines: string[] = [];
  const logger = createLogger("info", "test", { write: (line) => void lines.push(line) });
  await announceBacklog({ events: { backlog: () => Promise.resolve({ unfinished, interrupted }) }, logger });
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
}

test("a start says in one line how many events from before it are taken up again", async () => {
  expect(await said(0, 0)).toEqual([]);
  expect(await said(1, 0)).toEqual(["1 event from before this start is taken up again"]);
  expect(await said(7, 2)).toEqual([
    "7 events from before this start are taken up again; 2 of them had begun to run, and will run again",
  ]);
});
