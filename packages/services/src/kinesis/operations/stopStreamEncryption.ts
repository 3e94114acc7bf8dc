import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

/** The stream no longer shows a key. */
export const stopStreamEncryption = operation({
  name: "StopStreamEncryption",
  input: structure({
    ...words.NamedStream,
    EncryptionType: words.EncryptionType,
    KeyId: text({ min: 1, max: 2048 }),
  }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    if (input.EncryptionType !== "KMS") throw new InvalidArgumentException("EncryptionType must be KMS.");
    const key = streamKey(context, input);
    const changed = await streams.store.change(key, () => ({ keyId: null }));
    streams.directory.forget(key);
    if (!changed) throw streamNotFound(key);
    return undefined;
  },
});
