import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

/** The key is kept and shown; records lie on the disk as the host encrypts it. */
export const startStreamEncryption = operation({
  name: "StartStreamEncryption",
  input: structure({
    ...words.NamedStream,
    EncryptionType: words.EncryptionType,
    KeyId: text({ min: 1, max: 2048 }),
  }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    if (input.EncryptionType !== "KMS") throw new InvalidArgumentException("EncryptionType must be KMS.");
    const key = streamKey(context, input);
    const changed = await streams.store.change(key, () => ({ keyId: input.KeyId }));
    streams.directory.forget(key);
    if (!changed) throw streamNotFound(key);
    return undefined;
  },
});
