export { ATTEMPT_NUMBER, NUMBERS_ATTEMPTS } from "./atAttempt.ts";
export { Delivery, type DeliveryDeps, type PreparedDelivery } from "./delivery.ts";
export { DeliveryDelayed } from "./deliveryDelayed.ts";
export { DeliveryMetrics } from "./deliveryMetrics.ts";
export { DeliveryRefused } from "./deliveryRefused.ts";
export { FanOuts, type Chunk, type ChunkReader, type FanOutsDeps, type FanOutsOptions } from "./fanOuts.ts";
export { bucketTarget, type BucketTargetDeps } from "./bucketTarget.ts";
export { busTarget, type BusTargetDeps } from "./busTarget.ts";
export { functionTarget, type FunctionTargetDeps } from "./functionTarget.ts";
export { streamTarget } from "./streamTarget.ts";
export { logGroupTarget, type LogGroupTargetDeps } from "./logGroupTarget.ts";
export { queueTarget } from "./queueTarget.ts";
export { outboxLimit, type OutboxLimitDeps } from "./outboxLimit.ts";
export { Outbox, type OutboxDeps, type OutboxOptions } from "./outbox.ts";
export { isServed, type TargetAction, targetActions } from "./targetActions.ts";
export { topicTarget } from "./topicTarget.ts";
export type { OutsideKind } from "./outsideKind.ts";
export { type Committed, type Send, sendTogether, type TargetKind } from "./targetKind.ts";
export { apiDestination, type ApiDestinationDeps } from "./outside/apiDestination.ts";
export type {
  ApiDestinationParameters,
  ConnectionHttpParameters,
  ConnectionParameter,
  OpenApiDestination,
  OpenAuthParameters,
  OpenConnection,
  OpenOAuthParameters,
  TargetHttpParameters,
} from "./outside/apiDestinationTypes.ts";
export { ConnectionTokens, type ConnectionTokensDeps } from "./outside/connectionTokens.ts";
export { email, type EmailParameters } from "./outside/email.ts";
export { httpNotification, type HttpNotificationParameters } from "./outside/httpNotification.ts";
export { RateLimits, type RateLimitsDeps } from "./outside/rateLimits.ts";
