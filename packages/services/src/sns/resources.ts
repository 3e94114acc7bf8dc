import type { Resources } from "@hearth/access";
import type { Topic, Topics } from "@hearth/topics";
import { policyText } from "./topicPolicy.ts";

/** The policies and tags of topics. */
export function topicResources(topics: Pick<Topics, "findByArn">): Resources {
  const documents = new WeakMap<Topic, readonly object[]>();
  return {
    async policiesAbout(arn) {
      const topic = await topics.findByArn(arn);
      if (!topic) return NONE;
      let found = documents.get(topic);
      if (!found) documents.set(topic, (found = [JSON.parse(policyText(topic)) as object]));
      return found;
    },
    async tagsOf(arn) {
      return (await topics.findByArn(arn))?.tags;
    },
  };
}

const NONE: readonly object[] = [];
