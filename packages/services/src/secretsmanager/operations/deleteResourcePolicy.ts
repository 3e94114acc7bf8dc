import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import * as words from "../words.ts";

export const deleteResourcePolicy = operation({
  name: "DeleteResourcePolicy",
  input: structure({ SecretId: words.SecretId }),
  output: words.Named,
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ SecretId }, context, deps: SecretsDeps) {
    return await deps.secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId));
      await deps.secrets.change(tx, secret, { policy: null });
      return { ARN: secretArn(secret), Name: secret.Name };
    });
  },
});
