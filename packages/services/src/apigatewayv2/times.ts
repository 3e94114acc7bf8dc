/** A time as API Gateway shows it: whole seconds in UTC. */
export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
