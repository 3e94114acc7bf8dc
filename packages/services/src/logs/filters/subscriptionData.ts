import { gzipSync } from "node:zlib";

export interface SubscribedEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
}

/** What a destination gets. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
export interface SubscriptionRecord {
  readonly messageType: "DATA_MESSAGE" | "CONTROL_MESSAGE";
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly SubscribedEvent[];
}

/** The record as AWS compresses it. */
export function subscriptionData(record: SubscriptionRecord): Buffer {
  return gzipSync(JSON.stringify(record), { level: 4 });
}

/** The message by which AWS tests a stream when a filter is put. */
export function controlMessage(timestamp: number): Buffer {
  return subscriptionData({
    messageType: "CONTROL_MESSAGE",
    owner: "CloudwatchLogs",
    logGroup: "",
    logStream: "",
    subscriptionFilters: [],
    logEvents: [{ id: "", timestamp, message: "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream." }],
  });
}
