import type { AccountRegion } from "./accountRegion.ts";

/** The function in whose name something is sent. */
export interface Sender extends AccountRegion {
  readonly FunctionName: string;
  /** ARN of its execution role, whose policies must allow the sending. */
  readonly Role: string;
  readonly LogGroup: string;
}

/** What a function's settings send somewhere when one of its events has ended. */
export interface OutgoingMessage {
  /** A UUID. An event that the message becomes has it as its request id. */
  readonly id: string;
  /** The request id of the event that it is about. */
  readonly eventId: string;
  readonly sender: Sender;
  readonly purpose: "OnSuccess" | "OnFailure" | "DeadLetter";
  readonly TargetArn: string;
  readonly body: Uint8Array;
  /** Message attributes, for a target that has such. */
  readonly attributes: Readonly<
    Record<string, { readonly DataType: "String" | "Number"; readonly StringValue: string }>
  >;
  /** The trace header that it carries, with the lineage of the functions that have run before. */
  readonly traceId?: string;
  /** Deliveries since a function last ran, this one included. */
  readonly hops: number;
}
