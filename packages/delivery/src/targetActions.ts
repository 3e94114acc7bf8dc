import type { OutgoingMessage } from "@hearth/model";
import { recordFolder } from "./recordFolder.ts";
import { targetKeys } from "./targetKey.ts";

/** What the sender must be allowed to do. */
export interface TargetAction {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

/** A topic rule carries out its own error action: no policy has to allow it, and none can allow it to others. */
const OWN_RULE_ACTION = "iot:CarryOutErrorAction";

const ACTIONS: Readonly<Record<string, string>> = {
  lambda: "lambda:InvokeFunction",
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  events: "events:PutEvents",
  "events/api-destination": "events:InvokeApiDestination",
  kinesis: "kinesis:PutRecord",
  logs: "logs:PutLogEvents",
  "iot/topic": "iot:Publish",
  "iot/rule": OWN_RULE_ACTION,
  s3: "s3:PutObject",
  dynamodb: "dynamodb:PutItem",
};

/** Services whose ARNs Hearth sends to; the others are kept in settings only. */
const SERVED: ReadonlySet<string | undefined> = new Set(["lambda", "sqs", "sns", "events", "kinesis"]);

export function isServed(TargetArn: string): boolean {
  return SERVED.has(TargetArn.split(":")[2]);
}

/** The permissions that sending to `TargetArn` needs; none for a service that nothing is sent to. */
export function targetActions(
  message: Pick<OutgoingMessage, "TargetArn" | "sender" | "parameters">,
): readonly TargetAction[] {
  const { TargetArn, parameters } = message;
  const action = targetKeys(TargetArn)
    .map((key) => ACTIONS[key])
    .find((found) => found !== undefined);
  switch (action) {
    case undefined:
      return [];
    case "s3:PutObject": {
      const key = parameters?.["key"];
      if (typeof key === "string") return [{ action, resource: `${TargetArn}/${key}` }];
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
      return [
        { action, resource: `${TargetArn}/${recordFolder(message)}/` },
        { action: "s3:ListBucket", resource: TargetArn },
      ];
    }
    case "logs:PutLogEvents":
      // Log events are put into streams, and policies of log groups have ARNs that end with `:*`.
      return [{ action, resource: `${TargetArn.replace(/:\*$/, "")}:log-stream:events` }];
    default:
      return [{ action, resource: TargetArn }];
  }
}
