import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretKey } from "../secretArn.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ SecretId: words.SecretId, TagKeys: z.array(words.TagKey) }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ SecretId, TagKeys }, context, deps: SecretsDeps) {
    await deps.secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId));
      const tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !TagKeys.includes(key)));
      await deps.secrets.change(tx, secret, { tags });
    });
    return undefined;
  },
});
