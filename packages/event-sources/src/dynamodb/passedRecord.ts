import type { MappedSource, StreamRecord } from "../eventSource.ts";

/** A record as GetRecords of the server has it. */
export interface ServerRecord {
  readonly eventID?: string;
  readonly eventName?: string;
  readonly eventVersion?: string;
  readonly userIdentity?: { readonly PrincipalId?: string; readonly Type?: string };
  readonly dynamodb?: {
    readonly ApproximateCreationDateTime?: number;
    readonly Keys?: Readonly<Record<string, unknown>>;
    readonly SequenceNumber?: string;
  };
}

/** The record as functions get it. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function passedRecord(
  { eventID, eventName, eventVersion = "1.1", userIdentity, dynamodb = {} }: ServerRecord,
  { EventSourceArn, region }: Pick<MappedSource, "EventSourceArn" | "region">,
  hashName: string,
): StreamRecord {
  const number = dynamodb.SequenceNumber ?? "";
  const shown = {
    eventID,
    eventName,
    eventVersion,
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb,
    ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
    eventSourceARN: EventSourceArn,
  };
  return {
    json: JSON.stringify(shown),
    id: number,
    position: `after:${number}`,
    partitionKey: JSON.stringify(dynamodb.Keys?.[hashName] ?? ""),
    arrivedAtMs: (dynamodb.ApproximateCreationDateTime ?? 0) * 1000,
    matched: () => ({ event: shown }),
  };
}
