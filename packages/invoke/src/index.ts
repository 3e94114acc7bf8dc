export * from "./admission.ts";
export { Sweeper, type SweeperDeps, type SweeperOptions } from "./async/sweeper.ts";
export { WakeUps, type WakeUpsDeps } from "./async/wakeUps.ts";
export { AsyncWorker, type AsyncWorkerDeps, type AsyncWorkerOptions } from "./async/worker.ts";
export { AWS_RETRY_RULES, type RetryRules } from "./async/retryRules.ts";
export { ConcurrencyLimits } from "./concurrencyLimits.ts";
export type * from "./invocationRequest.ts";
export { InvokeMetrics } from "./invokeMetrics.ts";
export * from "./invoker.ts";
