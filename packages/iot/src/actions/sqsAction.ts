import { storableText } from "@hearth/kit";
import { arn } from "@hearth/model";
import type { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";

const QUEUE_URL = /\/(\d{12})\/([a-zA-Z0-9_-]{1,80}(?:\.fifo)?)$/;

/** Sends a message to a queue of the region. */
export function sqsAction(fields: ActionFields): RuleAction {
  const resource = fields.text("queueUrl");
  if (!QUEUE_URL.test(resource) && !resource.includes("${")) {
    throw new InvalidIotAction(`sqs.queueUrl is not the URL of a queue: ${resource}`);
  }
  const queueUrl = fields.template("queueUrl");
  const isBase64 = fields.flag("useBase64");
  return {
    name: "SqsAction",
    resource,
    roleArn: fields.roleArn(),
    message(input, { region }) {
      const url = queueUrl(input);
      const [, accountId, name] = QUEUE_URL.exec(url) ?? [];
      if (accountId === undefined || name === undefined) throw new IotActionFailed(`${url} is not the URL of a queue`);
      return {
        TargetArn: arn({ service: "sqs", region, accountId, resource: name }),
        body: Buffer.from(isBase64 ? Buffer.from(input.body).toString("base64") : textOf(input.body)),
      };
    },
  };
}

/** Without characters that a message cannot have. */
export function textOf(body: Uint8Array): string {
  return storableText(Buffer.from(body).toString("utf8"), Infinity);
}
