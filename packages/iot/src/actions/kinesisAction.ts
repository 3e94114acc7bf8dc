import { arn } from "@hearth/model";
import type { ActionFields } from "./actionFields.ts";
import { IotActionFailed, type RuleAction } from "./ruleAction.ts";

/** Puts a record into a stream of the account and region. Without a partition key, each record has a key of its own. */
export function kinesisAction(fields: ActionFields): RuleAction {
  const resource = fields.text("streamName");
  const streamName = fields.template("streamName");
  const partitionKey = fields.optionalTemplate("partitionKey");
  return {
    name: "KinesisAction",
    resource,
    roleArn: fields.roleArn(),
    message(input, where) {
      const name = streamName(input);
      if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name)) throw new IotActionFailed(`${name} is not the name of a stream`);
      const key = partitionKey?.(input);
      return {
        TargetArn: arn({ service: "kinesis", ...where, resource: `stream/${name}` }),
        body: input.body,
        ...(key !== undefined && key !== "" && { parameters: { partitionKey: key } }),
      };
    },
  };
}
