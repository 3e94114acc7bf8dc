const ALL = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
] as const;

function named(metrics: readonly string[]): readonly string[] {
  return metrics.includes("ALL") ? ALL : metrics;
}

export function withMetrics(present: readonly string[], added: readonly string[]): readonly string[] {
  return [...new Set([...present, ...named(added)])];
}

export function withoutMetrics(present: readonly string[], removed: readonly string[]): readonly string[] {
  const gone = named(removed);
  return present.filter((metric) => !gone.includes(metric));
}
