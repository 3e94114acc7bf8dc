import { integer, structure } from "@hearth/model";
import type { SecretKey } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidParameterException, InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { removalTimer, rotationTimer } from "../secretTimers.ts";
import * as words from "../words.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

export const deleteSecret = operation({
  name: "DeleteSecret",
  input: structure({
    SecretId: words.SecretId,
    RecoveryWindowInDays: integer().optional(),
    ForceDeleteWithoutRecovery: words.Bool,
  }),
  output: structure({ ARN: z.string(), Name: z.string(), DeletionDate: z.date() }),
  errors: [InvalidParameterException, InvalidRequestException, ResourceNotFoundException],
  async handle(input, context, deps: SecretsDeps) {
    const { secrets, timers, timerChanges, clock } = deps;
    const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: atOnce = false } = input;
    if (days !== undefined && atOnce) {
      throw new InvalidParameterException(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    if (days !== undefined && (days < 7 || days > 30)) {
      throw new InvalidParameterException("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }
    const nowMs = clock.now();
    const removedMs = atOnce ? nowMs : nowMs + (days ?? DEFAULT_DAYS) * DAY_MS;
    const answer = await secrets.transaction(async (tx) => {
      const key = secretKey(context, input.SecretId);
      // As AWS documents it, a secret that does not exist can be deleted at once.
      if (atOnce && !(await secrets.lock(tx, key))) return answerFor(key, removedMs);
      const secret = await lockSecret(deps, tx, key, atOnce);
      await timers.remove(tx, rotationTimer(secret));
      if (atOnce) {
        await secrets.delete(tx, secret);
        await timers.remove(tx, removalTimer(secret));
      } else {
        await secrets.change(tx, secret, { deletedMs: nowMs, removedMs, rotating: null });
        await timers.set(tx, removalTimer(secret), { scheduledMs: removedMs, dueMs: removedMs });
      }
      return answerFor(secret, removedMs);
    });
    timerChanges.changed();
    return answer;
  },
});

function answerFor(key: SecretKey, removedMs: number) {
  return { ARN: secretArn(key), Name: key.Name, DeletionDate: new Date(removedMs) };
}
