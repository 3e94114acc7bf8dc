import type { Finding } from "./finding.ts";

/** A line for each finding, with what to do on the line after it, and a sum at the end. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, result, found, remedy }) => [
    `${result.padEnd(4)}  ${check.padEnd(width)}  ${found}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(width + 8)}→ ${remedy}`]),
  ]);
  const count = (wanted: Finding["result"]): number => findings.filter(({ result }) => result === wanted).length;
  return [...lines, `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed`].join("\n");
}
