import { type AccountRegion, parseFunctionReference } from "@hearth/model";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { controlMessage } from "./subscriptionData.ts";
import { subscriptionSender } from "./subscriptionSender.ts";

interface Destination {
  readonly logGroupName: string;
  readonly destinationArn: string;
  readonly roleArn?: string | undefined;
}

type CheckDeps = Pick<LogsDeps, "findFunction" | "refusalOfSending" | "kinesis" | "delivery" | "clock" | "random">;

/** Throws AWS's error when the group's events cannot be sent to the destination. A stream gets AWS's test message. */
export async function checkDestination(deps: CheckDeps, where: AccountRegion, input: Destination): Promise<void> {
  const { destinationArn } = input;
  const [, , service = "", region] = destinationArn.split(":");
  if (service !== "lambda" && service !== "kinesis") {
    throw new InvalidParameterException(
      service === "firehose" || service === "logs"
        ? `Hearth does not send log events to ${destinationArn}: the destination of a subscription filter is a function or a stream.`
        : `PutSubscriptionFilter operation cannot work with destinationArn for vendor ${service}`,
    );
  }
  if (region !== where.region) {
    throw new InvalidParameterException(`destinationArn for vendor ${service} must be in the region of the log group.`);
  }
  await (service === "lambda" ? checkFunction(deps, where, input) : checkStream(deps, where, input));
}

async function checkFunction(deps: CheckDeps, where: AccountRegion, input: Destination): Promise<void> {
  const { logGroupName, destinationArn, roleArn } = input;
  const target = parseFunctionReference(destinationArn);
  if (target?.accountId === undefined || target.region === undefined) {
    throw new InvalidParameterException("destinationArn for vendor lambda is not a valid ARN of a function.");
  }
  if (roleArn !== undefined) {
    throw new InvalidParameterException("destinationArn for vendor lambda cannot be used with roleArn");
  }
  const { accountId, region, FunctionName } = target;
  const fn = await deps.findFunction({ accountId, region, FunctionName });
  if (accountId === where.accountId && fn?.settings.LoggingConfig.LogGroup === logGroupName) {
    throw new InvalidParameterException(
      "The log group provided is reserved for the function logs of the destination function.",
    );
  }
  const sender = subscriptionSender(where, logGroupName, undefined);
  if (!fn || (await deps.refusalOfSending(sender, destinationArn)) !== undefined) {
    throw new InvalidParameterException(
      "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    );
  }
}

async function checkStream(deps: CheckDeps, where: AccountRegion, input: Destination): Promise<void> {
  const { logGroupName, destinationArn, roleArn } = input;
  if (roleArn === undefined) {
    throw new InvalidParameterException("destinationArn for vendor kinesis cannot be used without roleArn");
  }
  const sender = subscriptionSender(where, logGroupName, roleArn);
  const isThere = (await deps.kinesis.findByArn(destinationArn)) !== undefined;
  if (!isThere || (await deps.refusalOfSending(sender, destinationArn)) !== undefined) {
    throw new InvalidParameterException(
      "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.",
    );
  }
  await deps.delivery.sendNow([
    {
      id: deps.random.uuid(),
      sender,
      purpose: "LogSubscription",
      TargetArn: destinationArn,
      body: controlMessage(deps.clock.now()),
      attributes: {},
      hops: 1,
    },
  ]);
}
