import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

export const updateMaxRecordSize = operation({
  name: "UpdateMaxRecordSize",
  input: structure({ StreamARN: words.StreamARN.optional(), MaxRecordSizeInKiB: integer({ min: 1024, max: 10_240 }) }),
  errors: [ResourceNotFoundException],
  async handle({ StreamARN, MaxRecordSizeInKiB }, context, { streams }: Pick<KinesisDeps, "streams">) {
    const key = streamKey(context, { StreamARN });
    const changed = await streams.store.change(key, () => ({ maxRecordKib: MaxRecordSizeInKiB }));
    streams.directory.forget(key);
    if (!changed) throw streamNotFound(key);
    return undefined;
  },
});
