import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { nextRotation } from "../rotationSchedule.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { removalTimer, rotationTimer } from "../secretTimers.ts";
import * as words from "../words.ts";

export const restoreSecret = operation({
  name: "RestoreSecret",
  input: structure({ SecretId: words.SecretId }),
  output: words.Named,
  errors: [ResourceNotFoundException],
  async handle({ SecretId }, context, deps: SecretsDeps) {
    const { secrets, timers, timerChanges, clock } = deps;
    const answer = await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId), true);
      await secrets.change(tx, secret, { deletedMs: null, removedMs: null });
      await timers.remove(tx, removalTimer(secret));
      const next = secret.rotation?.isEnabled ? nextRotation(secret.rotation, clock.now()) : undefined;
      if (next !== undefined) await timers.set(tx, rotationTimer(secret), { scheduledMs: next, dueMs: next });
      return { ARN: secretArn(secret), Name: secret.Name };
    });
    timerChanges.changed();
    return answer;
  },
});
