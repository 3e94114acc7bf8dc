import type { RequestContext } from "@hearth/wire";
import { parseConsumerArn } from "@hearth/streams";
import type { KinesisDeps } from "./deps.ts";
import { findConsumer } from "./findConsumer.ts";
import { findStream } from "./findStream.ts";

type Where = Pick<RequestContext, "accountId" | "region">;
type Deps = Pick<KinesisDeps, "streams">;

/** The policy of the stream or consumer of an ARN; `null` when it has none. */
export async function policyOf(deps: Deps, where: Where, ResourceARN: string): Promise<string | null> {
  if (!parseConsumerArn(ResourceARN)) return (await findStream(deps, where, { StreamARN: ResourceARN })).policy;
  return (await findConsumer(deps, where, { ConsumerARN: ResourceARN })).consumer.policy;
}

export async function setPolicy(deps: Deps, where: Where, ResourceARN: string, policy: string | null): Promise<void> {
  const { streams } = deps;
  if (parseConsumerArn(ResourceARN)) {
    const { stream, consumer } = await findConsumer(deps, where, { ConsumerARN: ResourceARN });
    await streams.consumers.change(stream.id, consumer.ConsumerName, { policy });
    return;
  }
  const stream = await findStream(deps, where, { StreamARN: ResourceARN });
  await streams.store.change(stream, () => ({ policy }));
  streams.directory.forget(stream);
}
