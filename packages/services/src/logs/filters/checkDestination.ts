import { type AccountRegion, parseFunctionReference } from "@hearth/model";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { subscriptionSender } from "./subscriptionSender.ts";

/** Throws AWS's error when the group's events cannot be sent to the destination. */
export async function checkDestination(
  { findFunction, refusalOfSending }: Pick<LogsDeps, "findFunction" | "refusalOfSending">,
  where: AccountRegion,
  input: { readonly logGroupName: string; readonly destinationArn: string; readonly roleArn?: string | undefined },
): Promise<void> {
  const { logGroupName, destinationArn, roleArn } = input;
  const service = destinationArn.split(":")[2];
  if (service !== "lambda") {
    throw new InvalidParameterException(
      service === "kinesis" || service === "firehose" || service === "logs"
        ? `Hearth does not send log events to ${destinationArn} yet: the destination of a subscription filter is a function.`
        : "PutSubscriptionFilter operation cannot work with destinationArn for vendor " + (service ?? ""),
    );
  }
  const target = parseFunctionReference(destinationArn);
  if (target?.accountId === undefined || target.region === undefined) {
    throw new InvalidParameterException("destinationArn for vendor lambda is not a valid ARN of a function.");
  }
  if (roleArn !== undefined) {
    throw new InvalidParameterException("destinationArn for vendor lambda cannot be used with roleArn");
  }
  if (target.region !== where.region) {
    throw new InvalidParameterException("destinationArn for vendor lambda must be in the region of the log group.");
  }
  const { accountId, region, FunctionName } = target;
  const fn = await findFunction({ accountId, region, FunctionName });
  if (accountId === where.accountId && fn?.settings.LoggingConfig.LogGroup === logGroupName) {
    throw new InvalidParameterException(
      "The log group provided is reserved for the function logs of the destination function.",
    );
  }
  const sender = subscriptionSender(where, logGroupName, undefined);
  if (!fn || (await refusalOfSending(sender, destinationArn)) !== undefined) {
    throw new InvalidParameterException(
      "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    );
  }
}
