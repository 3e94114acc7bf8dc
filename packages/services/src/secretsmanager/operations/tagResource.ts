import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidParameterException, InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretKey } from "../secretArn.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ SecretId: words.SecretId, Tags: words.Tags }),
  errors: [InvalidParameterException, InvalidRequestException, ResourceNotFoundException],
  async handle({ SecretId, Tags }, context, deps: SecretsDeps) {
    await deps.secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId));
      await deps.secrets.change(tx, secret, { tags: withTags(secret.tags, Tags) });
    });
    return undefined;
  },
});
