import { arn } from "@hearth/model";
import { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";

/** Puts an item into a table of the account and region: each member of what was selected is an attribute. https://docs.aws.amazon.com/iot/latest/developerguide/dynamodb-v2-rule-action.html */
export function dynamoDBv2Action(fields: ActionFields): RuleAction {
  const putItem = fields.value("putItem");
  if (typeof putItem !== "object" || putItem === null) throw new InvalidIotAction("dynamoDBv2.putItem is missing");
  const own = new ActionFields("dynamoDBv2.putItem", { ...putItem });
  const tableName = own.template("tableName");
  return {
    name: "DynamoDBv2Action",
    resource: own.text("tableName"),
    roleArn: fields.roleArn(),
    message(input, where) {
      const name = tableName(input);
      if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) throw new IotActionFailed(`${name} is not the name of a table`);
      return { TargetArn: arn({ service: "dynamodb", ...where, resource: `table/${name}` }), body: input.body };
    },
  };
}
