import { expect, test } from "vitest";
import { everyPath } from "../support/chaos/everyPath.ts";
import { reportLines } from "../support/chaos/reportLines.ts";
import { wholeHearth } from "../support/chaos/wholeHearth.ts";

const MESSAGES = 240;
const KILLS = 2;
const PATIENCE_MS = 150_000;

/** The small form of `npm run chaos`. */
test(
  "kill -9 twice while messages go every way: what was accepted arrives, and nothing is stuck",
  { timeout: 420_000 },
  async () => {
    const said: string[] = [];
    // Printed too: a run that does not end says how far it came.
    const say = (line: string): void => {
      said.push(line);
      console.log(line);
    };
    const report = await everyPath(wholeHearth, { messages: MESSAGES, kills: KILLS, patienceMs: PATIENCE_MS, say });
    const { lines, faults } = reportLines(report);
    expect(faults, [...said, ...lines].join("\n")).toBe(0);
  },
);
