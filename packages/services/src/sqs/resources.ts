import type { Resources } from "@hearth/access";
import type { Queue, Queues } from "@hearth/queues";

/** The policies and tags of queues. */
export function queueResources(queues: Pick<Queues, "findByArn">): Resources {
  const documents = new WeakMap<Queue, readonly object[]>();
  return {
    async policiesAbout(arn) {
      const queue = await queues.findByArn(arn);
      if (!queue?.attributes["Policy"]) return NONE;
      let found = documents.get(queue);
      if (!found) documents.set(queue, (found = [JSON.parse(queue.attributes["Policy"]) as object]));
      return found;
    },
    async tagsOf(arn) {
      return (await queues.findByArn(arn))?.tags;
    },
  };
}

const NONE: readonly object[] = [];
