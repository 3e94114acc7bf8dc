import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { rotationTimer } from "../secretTimers.ts";
import * as words from "../words.ts";

export const cancelRotateSecret = operation({
  name: "CancelRotateSecret",
  input: structure({ SecretId: words.SecretId }),
  output: words.WithVersion,
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ SecretId }, context, deps: SecretsDeps) {
    const { secrets, timers } = deps;
    return await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId));
      const { rotation, rotating } = secret;
      if (!rotation) {
        throw new InvalidRequestException("You tried to cancel rotation for a secret that has no rotation configured.");
      }
      await timers.remove(tx, rotationTimer(secret));
      await secrets.change(tx, secret, { rotation: { ...rotation, isEnabled: false }, rotating: null });
      return { ARN: secretArn(secret), Name: secret.Name, ...(rotating && { VersionId: rotating.token }) };
    });
  },
});
