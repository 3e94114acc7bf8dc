/** A time as API Gateway of version 1 shows it: whole seconds since the epoch. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
