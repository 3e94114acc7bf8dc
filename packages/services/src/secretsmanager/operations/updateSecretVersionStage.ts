import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidParameterException, InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { CURRENT, stagesAfter } from "../stages.ts";
import * as words from "../words.ts";

const VersionId = text({ min: 32, max: 64 }).optional();

export const updateSecretVersionStage = operation({
  name: "UpdateSecretVersionStage",
  input: structure({
    SecretId: words.SecretId,
    VersionStage: words.VersionStage,
    RemoveFromVersionId: VersionId,
    MoveToVersionId: VersionId,
  }),
  output: words.Named,
  errors: [InvalidParameterException, InvalidRequestException, ResourceNotFoundException],
  async handle(input, context, deps: SecretsDeps) {
    const { secrets, versions } = deps;
    const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
    return await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, input.SecretId));
      const all = await versions.list(secret, tx);
      const holder = all.find(({ stages }) => stages.includes(stage));
      if (from !== undefined && holder?.VersionId !== from) {
        throw new InvalidParameterException(`The staging label ${stage} is not attached to version ${from}.`);
      }
      if (to === undefined) {
        if (stage === CURRENT)
          throw new InvalidParameterException(`You can't remove ${CURRENT} without moving it to another version.`);
        if (!holder) throw new InvalidParameterException(`The staging label ${stage} is attached to no version.`);
        await versions.setStages(
          tx,
          secret,
          holder.VersionId,
          holder.stages.filter((each) => each !== stage),
        );
      } else {
        if (!all.some(({ VersionId: id }) => id === to)) {
          throw new ResourceNotFoundException(
            `Secrets Manager can't find the specified secret value for VersionId: ${to}`,
          );
        }
        if (holder && holder.VersionId !== to && from === undefined) {
          throw new InvalidParameterException(
            `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.VersionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
          );
        }
        for (const [id, stages] of stagesAfter(all, to, [stage])) await versions.setStages(tx, secret, id, stages);
      }
      await secrets.change(tx, secret, {});
      return { ARN: secretArn(secret), Name: secret.Name };
    });
  },
});
