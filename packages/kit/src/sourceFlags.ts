/**
 * The flag with which this process reads Hearth's sources without their types (packages/server/bin/strippedSources.mjs), for its threads and for the processes
 * that it starts. Empty where it has none: Node takes the types away itself then.
 */
export function sourceFlags(): string[] {
  return process.execArgv.filter((flag) => /^--import=.*\/strippedSources\.mjs$/.test(flag));
}
