import { payloadValue } from "@hearth/patterns";
import type { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";

/** Invokes a function asynchronously. The function's policy must allow iot.amazonaws.com. */
export function lambdaAction(fields: ActionFields): RuleAction {
  const resource = fields.text("functionArn");
  if (!/^arn:aws[a-z-]*:lambda:/.test(resource) && !resource.includes("${")) {
    throw new InvalidIotAction(`lambda.functionArn is not the ARN of a function: ${resource}`);
  }
  const functionArn = fields.template("functionArn");
  return {
    name: "LambdaAction",
    resource,
    roleArn: undefined,
    message(input) {
      if (payloadValue(input.body) instanceof Uint8Array) {
        throw new IotActionFailed("The payload is not JSON: SELECT encode(*, 'base64') makes JSON of it");
      }
      return { TargetArn: functionArn(input), body: input.body };
    },
  };
}
