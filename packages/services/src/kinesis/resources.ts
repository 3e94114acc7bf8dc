import type { Resources } from "@hearth/access";
import { parseConsumerArn, type Streams } from "@hearth/streams";

/** The policies and tags of streams and of their consumers. */
export function streamResources(streams: Pick<Streams, "find" | "findByArn" | "consumers">): Resources {
  const compiled = new Map<string, readonly object[]>();
  const find = async (arn: string) => {
    const named = parseConsumerArn(arn);
    if (!named) return await streams.findByArn(arn);
    const stream = await streams.find(named.stream);
    return stream && (await streams.consumers.find(stream.id, named.ConsumerName));
  };
  return {
    async policiesAbout(arn) {
      const policy = (await find(arn))?.policy;
      if (!policy) return NONE;
      // The same object for the same text: the authorizer compiles an object once.
      let found = compiled.get(policy);
      if (!found) {
        if (compiled.size >= MAX_POLICIES) compiled.clear();
        compiled.set(policy, (found = [JSON.parse(policy) as object]));
      }
      return found;
    },
    async tagsOf(arn) {
      return (await find(arn))?.tags;
    },
  };
}

const NONE: readonly object[] = [];
const MAX_POLICIES = 1_000;
