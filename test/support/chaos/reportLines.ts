import type { ChaosReport } from "./chaosRun.ts";

/** The report for people, a line for each goal, and the number of its faults. Duplicates are no fault of a function: a process may be killed after a run and before it has noted it. */
export function reportLines({ goals, stuck }: ChaosReport): {
  readonly lines: readonly string[];
  readonly faults: number;
} {
  let faults = 0;
  const lines = goals.map(({ path, goal, once, accepted, arrived, lost, duplicated, outOfOrder, unanswered }) => {
    faults += lost.length + outOfOrder + (once ? duplicated : 0);
    const which = lost.length === 0 ? "" : ` (${lost.slice(0, 10).join(", ")})`;
    const counts = `accepted ${accepted}, arrived ${arrived}, lost ${lost.length}${which}, duplicated ${duplicated}`;
    return `${path} → ${goal}: ${counts}, out of order ${outOfOrder}, arrived without an answer ${unanswered}`;
  });
  const left = Object.entries(stuck).map(([name, count]) => `${count} ${name}`);
  return {
    lines: [...lines, `stuck: ${left.length === 0 ? "nothing" : left.join(", ")}`],
    faults: faults + left.length,
  };
}
