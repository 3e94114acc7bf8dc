import type { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, type RuleAction } from "./ruleAction.ts";
import { textOf } from "./sqsAction.ts";

/** Publishes to a topic of SNS; with the format JSON the message has a text for each protocol. */
export function snsAction(fields: ActionFields): RuleAction {
  const resource = fields.text("targetArn");
  if (!/^arn:aws[a-z-]*:sns:/.test(resource) && !resource.includes("${")) {
    throw new InvalidIotAction(`sns.targetArn is not the ARN of a topic: ${resource}`);
  }
  const targetArn = fields.template("targetArn");
  const format = fields.optionalText("messageFormat") ?? "RAW";
  if (format !== "RAW" && format !== "JSON") throw new InvalidIotAction("sns.messageFormat must be RAW or JSON");
  return {
    name: "SnsAction",
    resource,
    roleArn: fields.roleArn(),
    message: (input) => ({
      TargetArn: targetArn(input),
      body: Buffer.from(textOf(input.body)),
      ...(format === "JSON" && { parameters: { messageStructure: "json" } }),
    }),
  };
}
