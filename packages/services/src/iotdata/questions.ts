import { type Questions, textOf } from "@hearth/access";
import { topicArn } from "@hearth/iot";

/** Permissions of the data plane are those of `iot`. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const topic = textOf(input, "topic");
  if (topic === undefined) return [{ action: `iot:${operation}`, resources: ["*"], accountId }];
  const resource = topicArn({ accountId, region }, topic);
  if (operation !== "Publish" || input["retain"] !== true) {
    return [{ action: `iot:${operation}`, resources: [resource], accountId }];
  }
  return ["iot:Publish", "iot:RetainPublish"].map((action) => ({ action, resources: [resource], accountId }));
};
