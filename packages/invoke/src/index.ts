export * from "./admission.ts";
export * from "./asyncWorker.ts";
export * from "./followReservations.ts";
export type * from "./invocationRequest.ts";
export { InvokeMetrics } from "./invokeMetrics.ts";
export * from "./invoker.ts";
export { AWS_RETRY_RULES, type RetryRules } from "./retryRules.ts";
export * from "./sweeper.ts";
export * from "./wakeUps.ts";
