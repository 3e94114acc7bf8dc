/** An event as rules and targets see it. https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly account: string;
  readonly region: string;
  /** Such as `2024-05-01T12:00:00Z`. */
  readonly time: string;
  readonly resources: readonly string[];
  /** JSON, as the sender wrote it: its numbers keep all of their digits. */
  readonly detail: string;
  /** Of a replay: its name. */
  readonly replayName?: string;
}

/** The event as JSON. */
export function eventText(event: BusEvent): string {
  return `${eventTextWithoutDetail(event).slice(0, -1)},"detail":${event.detail}}`;
}

export function eventTextWithoutDetail(event: BusEvent): string {
  return JSON.stringify({
    version: "0",
    id: event.id,
    "detail-type": event.detailType,
    source: event.source,
    account: event.account,
    time: event.time,
    region: event.region,
    resources: event.resources,
    ...(event.replayName !== undefined && { "replay-name": event.replayName }),
  });
}

/** `toISOString` without milliseconds, as events have their time. */
export function eventTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
