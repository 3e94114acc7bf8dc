import { InvalidParameterValueException } from "@hearth/model";
import type { FunctionKey, FunctionSettings } from "@hearth/store";
import type { ApiDeps } from "../deps.ts";

const CALLS: Readonly<Record<string, string>> = { sqs: "SendMessage on SQS", sns: "Publish on SNS" };

/** Refuses a dead-letter target that the function's role may not send to. */
export async function checkDeadLetterRole(
  { accountId, region, FunctionName }: FunctionKey,
  { DeadLetterConfig, Role, LoggingConfig }: Pick<FunctionSettings, "DeadLetterConfig" | "Role" | "LoggingConfig">,
  { refusalOfSending }: Pick<ApiDeps, "refusalOfSending">,
): Promise<void> {
  const TargetArn = DeadLetterConfig?.TargetArn;
  if (!TargetArn) return;
  const sender = { kind: "function", accountId, region, FunctionName, Role, LogGroup: LoggingConfig.LogGroup } as const;
  if ((await refusalOfSending(sender, TargetArn)) === undefined) return;
  const call = CALLS[TargetArn.split(":")[2] ?? ""] ?? "the target";
  throw new InvalidParameterValueException(`The provided execution role does not have permissions to call ${call}`);
}
