import { relative } from "node:path";
import type { TestModule } from "vitest/node";

const SHOWN = 10;

/** Lines for the end of a run: the files that took longest, then the total time of each project's files. */
export function slowestFiles(modules: readonly TestModule[], root: string): readonly string[] {
  const files = modules.map((module) => ({
    project: module.project.name,
    path: relative(root, module.moduleId),
    ms: timeOf(module),
  }));
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN);
  const projects = Map.groupBy(files, ({ project }) => project);
  return [
    "the slowest test files:",
    ...slowest.map(({ project, path, ms }) => `${seconds(ms)}  ${project}  ${path}`),
    "all files of a project together, added up:",
    ...[...projects].map(
      ([project, own]) => `${seconds(own.reduce((sum, { ms }) => sum + ms, 0))}  ${project}  ${own.length} files`,
    ),
  ];
}

/** The time that a file occupies a worker: its imports, then its tests and hooks. */
function timeOf(module: TestModule): number {
  const { duration, collectDuration, prepareDuration, setupDuration, environmentSetupDuration } = module.diagnostic();
  return duration + collectDuration + prepareDuration + setupDuration + environmentSetupDuration;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}
