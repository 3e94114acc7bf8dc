import type { AccountRegion } from "./accountRegion.ts";

/** Usage of a hosted service that can have a price. */
export interface ServiceUsage extends AccountRegion {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Signing name of the service: `logs`, `sqs` … */
  readonly service: string;
  /** What is counted, such as `IngestedBytes` or `Requests`. */
  readonly unit: string;
  /** Above 0. */
  readonly quantity: number;
  /** The resource that was used, such as a log group's name, for services whose costs are reported by resource. */
  readonly resource?: string;
}

/** Where services report usage that has a price. */
export interface ServiceUsagePort {
  /** Never throws and never waits: the usage is added up in memory and stored later. */
  record(usage: ServiceUsage): void;
}
