/** A lineage names at most so many functions; those that ran most often in a chain are kept. */
const MAX_ENTRIES = 32;
const ENTRY = /^(?:\d+:)?([0-9a-f]{8}):(\d{1,9})$/;

/** One lineage for lines of several invocations: each function with its largest number of runs, as in the `Lineage` of trace headers. */
export function mergeLineages(lineages: Iterable<string>): string | undefined {
  const counts = new Map<string, number>();
  for (const lineage of lineages) {
    for (const entry of lineage.split("|")) {
      const [, name, count] = ENTRY.exec(entry) ?? [];
      if (name !== undefined) counts.set(name, Math.max(counts.get(name) ?? 0, Number(count)));
    }
  }
  if (counts.size === 0) return undefined;
  const kept = [...counts].sort(([, a], [, b]) => b - a).slice(0, MAX_ENTRIES);
  return kept.map(([name, count]) => `${name}:${count}`).join("|");
}
