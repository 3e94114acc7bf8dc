import { targetKeys } from "./targetKey.ts";

/** What the sender must be allowed to do. */
export interface TargetAction {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

const ACTIONS: Readonly<Record<string, string>> = {
  lambda: "lambda:InvokeFunction",
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  events: "events:PutEvents",
  "events/api-destination": "events:InvokeApiDestination",
  kinesis: "kinesis:PutRecord",
  logs: "logs:PutLogEvents",
};

/** Services whose ARNs Hearth sends to; the others are kept in settings only. */
const SERVED: ReadonlySet<string | undefined> = new Set(["lambda", "sqs", "sns", "events", "kinesis"]);

export function isServed(TargetArn: string): boolean {
  return SERVED.has(TargetArn.split(":")[2]);
}

/** The permission that sending to `TargetArn` needs; `undefined` for a service that nothing is sent to. */
export function targetAction(TargetArn: string): TargetAction | undefined {
  const action = targetKeys(TargetArn)
    .map((key) => ACTIONS[key])
    .find((found) => found !== undefined);
  if (action === undefined) return undefined;
  // Log events are put into streams, and policies of log groups have ARNs that end with `:*`.
  const resource = action.startsWith("logs:") ? `${TargetArn.replace(/:\*$/, "")}:log-stream:events` : TargetArn;
  return { action, resource };
}
