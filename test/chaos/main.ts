import { rolesApart } from "../support/chaos/rolesApart.ts";
import { reportLines } from "../support/chaos/reportLines.ts";
import { wholeHearth } from "../support/chaos/wholeHearth.ts";
import { everyPath } from "../support/chaos/everyPath.ts";
import { invocations } from "./invocations.ts";

/**
 * `npm run chaos`: first `ROUNDS` kills (10 by default) under a load of invocations, then `MESSAGES` (10000 by default) numbered messages on every path
 * with `KILLS` (8 by default). 0 leaves a part out. `APART=1`: the second part runs on one process for each role, and two of the role `events`. Exits with
 * 1 when something was lost, doubled or is stuck.
 */
const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const PATIENCE_MS = 300_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const rounds = number("ROUNDS", 10);
if (rounds > 0 && !(await invocations(rounds, say))) process.exitCode = 1;
const messages = number("MESSAGES", 10_000);
if (messages > 0) {
  const open = process.env["APART"] ? rolesApart : wholeHearth;
  const report = await everyPath(open, { messages, kills: number("KILLS", 8), patienceMs: PATIENCE_MS, say });
  const { lines, faults } = reportLines(report);
  for (const line of lines) say(line);
  if (faults > 0) process.exitCode = 1;
}
