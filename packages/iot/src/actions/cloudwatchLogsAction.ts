import { arn } from "@hearth/model";
import type { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";

/** Writes a log event into a group of the account and region, in a stream with the name of the rule. */
export function cloudwatchLogsAction(fields: ActionFields): RuleAction {
  const resource = fields.text("logGroupName");
  const logGroupName = fields.template("logGroupName");
  if (fields.flag("batchMode")) throw new InvalidIotAction("Hearth does not have cloudwatchLogs.batchMode");
  return {
    name: "CloudWatchLogsAction",
    resource,
    roleArn: fields.roleArn(),
    message(input, where) {
      const name = logGroupName(input);
      if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) throw new IotActionFailed(`${name} is not the name of a log group`);
      return { TargetArn: arn({ service: "logs", ...where, resource: `log-group:${name}` }), body: input.body };
    },
  };
}
