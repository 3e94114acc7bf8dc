export { cloudtrail } from "./cloudtrail/service.ts";
export type { MonitoringHouse } from "./cloudwatch/deps.ts";
export { cloudwatch } from "./cloudwatch/service.ts";
export { iam } from "./iam/service.ts";
export { logs } from "./logs/service.ts";
export type { SendingHouse } from "./sendingHouse.ts";
export type { QueuesHouse } from "./sqs/deps.ts";
export { sqs } from "./sqs/service.ts";
export { sts } from "./sts/service.ts";
