export { Delivery, type DeliveryDeps } from "./delivery.ts";
export { DeliveryMetrics } from "./deliveryMetrics.ts";
export { DeliveryRefused } from "./deliveryRefused.ts";
export { functionTarget } from "./functionTarget.ts";
export { queueTarget } from "./queueTarget.ts";
export { Outbox, type OutboxDeps, type OutboxOptions } from "./outbox.ts";
export { isServed, type TargetAction, targetAction } from "./targetAction.ts";
export type { TargetKind } from "./targetKind.ts";
