import { bool, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { findStream, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

export const deleteStream = operation({
  name: "DeleteStream",
  input: structure({ ...words.NamedStream, EnforceConsumerDeletion: bool().optional() }),
  errors: [ResourceInUseException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const stream = await findStream({ streams }, context, input);
    const [consumer] = await streams.consumers.list(stream.id, { after: "", limit: 1 });
    if (consumer && !input.EnforceConsumerDeletion) {
      throw new ResourceInUseException(
        `Stream ${stream.StreamName} under account ${stream.accountId} has registered consumers. Deregister them, or set EnforceConsumerDeletion.`,
      );
    }
    const deleted = await streams.store.delete(stream);
    streams.changed(stream);
    if (!deleted) throw streamNotFound(stream);
    return undefined;
  },
});
