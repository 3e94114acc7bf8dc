export type { ExecutionEnvironment } from "./executionEnvironment.ts";
export { KindsInUse } from "./kindsInUse.ts";
export type { ProvisionedCounts } from "./provisionedEnvironments.ts";
export type { SandboxApi, SandboxCredentials } from "./sandboxApi.ts";
export { type PoolCounts, Pools, type PoolsDeps, type PoolsOptions, type PoolsStats } from "./pools.ts";
export { EnvironmentMetrics } from "./metrics.ts";
