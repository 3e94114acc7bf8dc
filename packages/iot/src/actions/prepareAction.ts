import type { IotAction } from "@hearth/store";
import { ActionFields } from "./actionFields.ts";
import { cloudwatchLogsAction } from "./cloudwatchLogsAction.ts";
import { dynamoDBv2Action } from "./dynamoDBv2Action.ts";
import { kinesisAction } from "./kinesisAction.ts";
import { lambdaAction } from "./lambdaAction.ts";
import { republishAction } from "./republishAction.ts";
import { InvalidIotAction, type RuleAction } from "./ruleAction.ts";
import { s3Action } from "./s3Action.ts";
import { snsAction } from "./snsAction.ts";
import { sqsAction } from "./sqsAction.ts";

const BUILT: Readonly<Record<string, (fields: ActionFields) => RuleAction>> = {
  lambda: lambdaAction,
  sqs: sqsAction,
  sns: snsAction,
  kinesis: kinesisAction,
  republish: republishAction,
  cloudwatchLogs: cloudwatchLogsAction,
  s3: s3Action,
  dynamoDBv2: dynamoDBv2Action,
};

/** Checks an action and compiles its templates. Throws InvalidIotAction, or IotSqlError for a template. */
export function prepareAction(action: IotAction): RuleAction {
  const [[name, settings] = [], ...more] = Object.entries(action).filter(([, value]) => value !== undefined);
  if (name === undefined || settings === undefined || more.length > 0) {
    throw new InvalidIotAction("an action has exactly one kind, such as lambda");
  }
  const build = Object.hasOwn(BUILT, name) ? BUILT[name] : undefined;
  if (!build) {
    throw new InvalidIotAction(`Hearth does not have the action ${name}. It has ${Object.keys(BUILT).join(", ")}`);
  }
  return build(new ActionFields(name, settings));
}
