import type { ActionFields } from "./actionFields.ts";
import { InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1_024;

/** Puts an object into a bucket. https://docs.aws.amazon.com/iot/latest/developerguide/s3-rule-action.html */
export function s3Action(fields: ActionFields): RuleAction {
  const resource = fields.text("bucketName");
  const bucketName = fields.template("bucketName");
  const key = fields.template("key");
  const acl = fields.optionalText("cannedAcl") ?? "private";
  if (acl !== "private" && acl !== "bucket-owner-full-control") {
    throw new InvalidIotAction(`Hearth's objects have no ACLs: s3.cannedAcl cannot be ${acl}`);
  }
  return {
    name: "S3Action",
    resource,
    roleArn: fields.roleArn(),
    message(input) {
      const [bucket, name] = [bucketName(input), key(input)];
      if (!/^[a-z0-9.-]{3,63}$/.test(bucket)) throw new IotActionFailed(`${bucket} is not the name of a bucket`);
      if (name === "" || Buffer.byteLength(name) > MAX_KEY_BYTES) {
        throw new IotActionFailed(`The key of an object has 1 to ${MAX_KEY_BYTES} bytes, and not ${name.length}`);
      }
      return { TargetArn: `arn:aws:s3:::${bucket}`, body: input.body, parameters: { key: name } };
    },
  };
}
