import { structure } from "@hearth/model";
import { toTopic } from "@hearth/topics";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, invalidParameter, NotFoundException, noSuchTopic } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { readPolicy } from "../topicPolicy.ts";
import * as words from "../words.ts";

/** Removing a statement that is not there is no error. */
export const removePermission = operation({
  name: "RemovePermission",
  input: structure({ TopicArn: words.Text, Label: words.Text }),
  errors: [InvalidParameterException, NotFoundException],
  async handle({ TopicArn, Label }, context, { topics }: Pick<SnsDeps, "topics">) {
    const key = topicKeyOf(context, TopicArn);
    if (!Label) throw invalidParameter("Label");
    const changed = await topics.store.change(key, "attributes", (record) => {
      const policy = readPolicy(toTopic(record));
      const Statement = policy.Statement.filter(({ Sid }) => Sid !== Label);
      if (Statement.length === policy.Statement.length) return record.attributes;
      const { Policy: _policy, ...others } = record.attributes;
      // A policy without statements is the default one.
      return Statement.length === 0 ? others : { ...others, Policy: JSON.stringify({ ...policy, Statement }) };
    });
    topics.directory.forget(key);
    if (!changed) throw noSuchTopic();
    return undefined;
  },
});
