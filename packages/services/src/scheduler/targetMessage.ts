import { isServed } from "@hearth/delivery";
import type { AccountRegion } from "@hearth/model";
import type { ScheduleTarget } from "@hearth/store";
import { ValidationException } from "./errors.ts";
import { jsonValue } from "./json.ts";
import { isUniversal, type Sent, universalMessage } from "./universalTarget.ts";

const ARN = /^arn:aws[a-z-]*:([a-z0-9-]+):[a-z0-9-]*:(\d{12})?:.+$/;

/**
 * The message that a schedule with this target sends. Throws ValidationException when Hearth cannot send it, so that this is known when the schedule is
 * stored. `fallback` is the body of a target without `Input`.
 */
export function targetMessage(target: ScheduleTarget, fallback: string, where: AccountRegion): Sent {
  const { Arn, Input, SqsParameters, EventBridgeParameters, KinesisParameters } = target;
  if (isUniversal(Arn)) {
    const sent = universalMessage(Arn, Input, where);
    checkServed(sent.TargetArn);
    return sent;
  }
  const service = checkServed(Arn);
  checkParameters(target, service);
  if (service === "lambda" && Input !== undefined && jsonValue(Input) === undefined) {
    throw new ValidationException("Invalid Input: it must be well-formed JSON for this target.");
  }
  const messageGroupId = SqsParameters?.MessageGroupId;
  const parameters = EventBridgeParameters ?? KinesisParameters;
  return {
    TargetArn: Arn,
    body: Buffer.from(Input ?? fallback),
    attributes: {},
    ...(messageGroupId !== undefined && { messageGroupId }),
    ...(parameters && { parameters: { ...parameters } }),
  };
}

/** The service in the ARN of a target that Hearth can send to. */
function checkServed(Arn: string): string {
  const service = ARN.exec(Arn)?.[1];
  if (service === undefined) throw new ValidationException("Provided Arn is not in correct format.");
  if (!isServed(Arn)) throw new ValidationException(`Hearth does not send schedules to ${Arn} yet.`);
  return service;
}

function checkParameters(target: ScheduleTarget, service: string): void {
  const { Arn, Input, SqsParameters, EventBridgeParameters, KinesisParameters } = target;
  const only = (parameters: object | undefined, name: string, owner: string): void => {
    if (parameters && service !== owner) throw new ValidationException(`${name} is not valid for the target ${Arn}.`);
  };
  only(SqsParameters, "SqsParameters", "sqs");
  only(EventBridgeParameters, "EventBridgeParameters", "events");
  only(KinesisParameters, "KinesisParameters", "kinesis");
  if (service === "sqs" && Arn.endsWith(".fifo") && SqsParameters?.MessageGroupId === undefined) {
    throw new ValidationException("SqsParameters.MessageGroupId is required for a FIFO queue.");
  }
  if (service === "kinesis" && !KinesisParameters) {
    throw new ValidationException("KinesisParameters is required for a Kinesis stream.");
  }
  if (service !== "events") return;
  if (!EventBridgeParameters) throw new ValidationException("EventBridgeParameters is required for an event bus.");
  if (Input === undefined || typeof jsonValue(Input) !== "object") {
    throw new ValidationException("Invalid Input: it must be a JSON object for an event bus.");
  }
}
