import { globalArn, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  invalidValue,
  missingParameter,
  MissingRequiredParameterException,
  OverLimit,
  QueueDoesNotExist,
} from "../errors.ts";
import { readPolicy } from "../queuePolicy.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

const MAX_ACTIONS = 7;
/** What a queue's owner may share. */
const ACTIONS: ReadonlySet<string> = new Set([
  "*",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
  "ReceiveMessage",
  "SendMessage",
]);

export const addPermission = operation({
  name: "AddPermission",
  input: structure({
    QueueUrl: words.QueueUrl,
    Label: words.Text,
    AWSAccountIds: words.texts("AWSAccountId"),
    Actions: words.texts("ActionName"),
  }),
  errors: [
    InvalidAddress,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    OverLimit,
    QueueDoesNotExist,
  ],
  async handle({ QueueUrl, Label, AWSAccountIds, Actions }, context, deps: Pick<SqsDeps, "queues">) {
    const { store, directory } = deps.queues;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!Label) throw missingParameter("Label");
    if (!AWSAccountIds?.length) throw missingParameter("AWSAccountId");
    if (!Actions?.length) throw missingParameter("ActionName");
    checkPermission(Label, AWSAccountIds, Actions);
    const principals = AWSAccountIds.map((accountId) =>
      globalArn({ service: "iam", region: context.region, accountId, resource: "root" }),
    );
    const statement = {
      Sid: Label,
      Effect: "Allow",
      Principal: { AWS: oneOrAll(principals) },
      Action: oneOrAll(Actions.map((action) => `SQS:${action}`)),
      Resource: queue.arn,
    };
    const changed = await store.changeAttributes(queue, ({ attributes }) => {
      const policy = readPolicy(attributes["Policy"], queue.arn);
      if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidValue(Label, "Label", "Already exists.");
      return {
        ...attributes,
        Policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] }),
      };
    });
    directory.forget(queue);
    if (!changed) throw new QueueDoesNotExist();
    return undefined;
  },
});

function checkPermission(Label: string, accountIds: readonly string[], actions: readonly string[]): void {
  if (!/^[\w-]{1,80}$/.test(Label)) {
    throw invalidValue(
      Label,
      "Label",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  const noAccount = accountIds.find((id) => !/^\d{12}$/.test(id));
  if (noAccount !== undefined) {
    throw invalidValue(`[${noAccount}]`, "PrincipalId", "Unable to verify.");
  }
  const unknown = actions.find((action) => !ACTIONS.has(action));
  if (unknown !== undefined) {
    throw invalidValue(`SQS:${unknown}`, "ActionName", "Only the queue owner is allowed to invoke this action.");
  }
  if (actions.length > MAX_ACTIONS) {
    throw new OverLimit(`${actions.length} Actions were found, maximum allowed is ${MAX_ACTIONS}.`);
  }
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
