import { structure, text } from "@hearth/model";
import type { SecretRecord, SecretRotation, TimerPlan, Transaction } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidParameterException, InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { checkRules, nextRotation } from "../rotationSchedule.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { rotationTimer } from "../secretTimers.ts";
import { CURRENT, PENDING, stagesAfter } from "../stages.ts";
import * as words from "../words.ts";

const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[^:]+(:[^:]+)?$/;

export const rotateSecret = operation({
  name: "RotateSecret",
  input: structure({
    SecretId: words.SecretId,
    ClientRequestToken: words.ClientRequestToken,
    RotationLambdaARN: text({ max: 2048 }).optional(),
    RotationRules: words.RotationRules.optional(),
    RotateImmediately: words.Bool,
  }),
  output: words.WithVersion,
  errors: [InvalidParameterException, InvalidRequestException, ResourceNotFoundException],
  async handle(input, context, deps: SecretsDeps) {
    const { secrets, timers, timerChanges, clock, random } = deps;
    const { ClientRequestToken = random.uuid(), RotateImmediately = true, RotationRules } = input;
    const nowMs = clock.now();
    if (RotationRules) checkRules(RotationRules, nowMs);
    const answer = await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, input.SecretId));
      const rotation = rotationOf(secret);
      if (secret.rotating) {
        throw new InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.");
      }
      const named = { ARN: secretArn(secret), Name: secret.Name };
      const plan = RotateImmediately ? { scheduledMs: nowMs, dueMs: nowMs } : planOf(rotation);
      await (plan ? timers.set(tx, rotationTimer(secret), plan) : timers.remove(tx, rotationTimer(secret)));
      if (!RotateImmediately) {
        await secrets.change(tx, secret, { rotation });
        return named;
      }
      const token = await beginVersion(tx, secret, ClientRequestToken);
      await secrets.change(tx, secret, { rotation, rotating: { token, step: "createSecret" } });
      return { ...named, VersionId: token };
    });
    timerChanges.changed();
    return answer;

    function rotationOf({ rotation }: SecretRecord): SecretRotation {
      const RotationLambdaARN = input.RotationLambdaARN ?? rotation?.RotationLambdaARN;
      if (!RotationLambdaARN) {
        throw new InvalidRequestException("No Lambda rotation function ARN is associated with this secret.");
      }
      if (!FUNCTION_ARN.test(RotationLambdaARN)) {
        throw new InvalidParameterException(`RotationLambdaARN is not the ARN of a function: ${RotationLambdaARN}`);
      }
      return {
        isEnabled: true,
        RotationLambdaARN,
        RotationRules: RotationRules ?? rotation?.RotationRules ?? {},
        anchorMs: nowMs,
        ...(rotation?.lastRotatedMs !== undefined && { lastRotatedMs: rotation.lastRotatedMs }),
      };
    }

    function planOf(rotation: SecretRotation): TimerPlan | undefined {
      const next = nextRotation(rotation, nowMs);
      return next === undefined ? undefined : { scheduledMs: next, dueMs: next };
    }

    /** The version that the function is to fill; one that a failed rotation has left is used again. */
    async function beginVersion(tx: Transaction, secret: SecretRecord, token: string): Promise<string> {
      const all = await deps.versions.list(secret, tx);
      const left = all.find(({ stages }) => stages.includes(PENDING) && !stages.includes(CURRENT));
      if (left) return left.VersionId;
      if (!all.some(({ VersionId }) => VersionId === token)) await deps.versions.put(tx, secret, token, undefined);
      for (const [id, stages] of stagesAfter(all, token, [PENDING]))
        await deps.versions.setStages(tx, secret, id, stages);
      return token;
    }
  },
});
