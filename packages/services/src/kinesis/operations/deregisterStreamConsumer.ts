import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findConsumer, NamedConsumer } from "../findConsumer.ts";

export const deregisterStreamConsumer = operation({
  name: "DeregisterStreamConsumer",
  input: structure(NamedConsumer),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<KinesisDeps, "streams">) {
    const { stream, consumer } = await findConsumer(deps, context, input);
    await deps.streams.consumers.delete(stream.id, consumer.ConsumerName);
    deps.streams.directory.forget(stream);
    return undefined;
  },
});
