/** On AWS 1,769 MB of memory come with one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_PER_VCPU = 1769;

/** The weight of cgroup v1, of which 1,024 stand for one vCPU. */
export function cpuShares(memoryMb: number): number {
  return Math.max(2, Math.round((memoryMb / MB_PER_VCPU) * 1024));
}

/** cgroup v2's weight for one of v1, as runc converts it. */
export function cpuWeight(shares: number): number {
  return Math.min(10_000, Math.max(1, 1 + Math.floor(((shares - 2) * 9999) / 262_142)));
}

/** Microseconds of CPU in each 100,000. */
export function cpuQuotaUs(memoryMb: number): number {
  return Math.max(1000, Math.round((memoryMb / MB_PER_VCPU) * 100_000));
}
