import { type Question, type Questions, textOf } from "@hearth/access";
import { parseQueueArn, queueArn } from "@hearth/queues";
import { parseQueueUrl } from "./queueUrl.ts";
import { sourceOfTask } from "./moveTask.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `sqs:${ACTIONS[operation] ?? operation}`;
  const about = (arn: string, owner: string, asked = action): Question => ({
    action: asked,
    resources: [arn],
    accountId: owner,
    asksResource: !OWN_ACCOUNT_ONLY.has(operation),
  });
  const QueueUrl = textOf(input, "QueueUrl");
  const named = QueueUrl === undefined ? undefined : parseQueueUrl(QueueUrl);
  if (named) return [about(queueArn({ ...named, region }), named.accountId)];
  const QueueName = textOf(input, "QueueName");
  if (QueueName !== undefined) {
    const owner = textOf(input, "QueueOwnerAWSAccountId") ?? accountId;
    return [about(queueArn({ accountId: owner, region, QueueName }), owner)];
  }
  const SourceArn = textOf(input, "SourceArn") ?? sourceOfTask(textOf(input, "TaskHandle"));
  const source = SourceArn === undefined ? undefined : parseQueueArn(SourceArn);
  if (SourceArn === undefined || !source) return [{ action, resources: ["*"], accountId }];
  const DestinationArn = textOf(input, "DestinationArn");
  const destination = DestinationArn === undefined ? undefined : parseQueueArn(DestinationArn);
  return [
    about(SourceArn, source.accountId),
    ...(DestinationArn !== undefined && destination
      ? [about(DestinationArn, destination.accountId, "sqs:SendMessage")]
      : []),
  ];
};

const ACTIONS: Readonly<Record<string, string>> = {
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  DeleteMessageBatch: "DeleteMessage",
  SendMessageBatch: "SendMessage",
};

/** What no other account can be allowed to do. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html */
const OWN_ACCOUNT_ONLY: ReadonlySet<string> = new Set([
  "AddPermission",
  "CancelMessageMoveTask",
  "CreateQueue",
  "DeleteQueue",
  "ListMessageMoveTasks",
  "ListQueues",
  "ListQueueTags",
  "RemovePermission",
  "SetQueueAttributes",
  "StartMessageMoveTask",
  "TagQueue",
  "UntagQueue",
]);
