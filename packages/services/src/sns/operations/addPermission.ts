import { globalArn, structure } from "@hearth/model";
import { toTopic } from "@hearth/topics";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, invalidParameter, NotFoundException, noSuchTopic } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { isPolicy, readPolicy } from "../topicPolicy.ts";
import * as words from "../words.ts";

/** What a topic's owner may share. */
const ACTIONS: ReadonlySet<string> = new Set([
  "AddPermission",
  "DeleteTopic",
  "GetDataProtectionPolicy",
  "GetTopicAttributes",
  "ListSubscriptionsByTopic",
  "ListTagsForResource",
  "Publish",
  "PutDataProtectionPolicy",
  "RemovePermission",
  "SetTopicAttributes",
  "Subscribe",
]);

export const addPermission = operation({
  name: "AddPermission",
  input: structure({
    TopicArn: words.Text,
    Label: words.Text,
    AWSAccountId: words.Texts,
    ActionName: words.Texts,
  }),
  errors: [InvalidParameterException, NotFoundException],
  async handle(
    { TopicArn, Label = "", AWSAccountId = [], ActionName = [] },
    context,
    { topics }: Pick<SnsDeps, "topics">,
  ) {
    const key = topicKeyOf(context, TopicArn);
    if (!/^[\w-]{1,100}$/.test(Label)) throw invalidParameter("Label");
    if (AWSAccountId.length === 0 || !AWSAccountId.every((id) => /^\d{12}$/.test(id)))
      throw invalidParameter("AWSAccountId");
    if (ActionName.length === 0 || !ActionName.every((action) => ACTIONS.has(action))) {
      throw new InvalidParameterException("Invalid parameter: Policy statement action out of service scope!");
    }
    const principals = AWSAccountId.map((accountId) =>
      globalArn({ service: "iam", region: context.region, accountId, resource: "root" }),
    );
    const changed = await topics.store.change(key, "attributes", (record) => {
      const topic = toTopic(record);
      const policy = readPolicy(topic);
      if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidParameter("Statement already exists");
      const statement = {
        Sid: Label,
        Effect: "Allow",
        Principal: { AWS: oneOrAll(principals) },
        Action: oneOrAll(ActionName.map((action) => `SNS:${action}`)),
        Resource: topic.arn,
      };
      const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
      if (!isPolicy(Policy)) throw invalidParameter("Policy", "the policy would be too large");
      return { ...record.attributes, Policy };
    });
    topics.directory.forget(key);
    if (!changed) throw noSuchTopic();
    return undefined;
  },
});

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
