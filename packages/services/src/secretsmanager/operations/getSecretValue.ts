import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { findSecret } from "../findSecret.ts";
import { valueAnswer } from "../secretAnswer.ts";
import { CURRENT } from "../stages.ts";
import * as words from "../words.ts";

export const getSecretValue = operation({
  name: "GetSecretValue",
  input: structure({
    SecretId: words.SecretId,
    VersionId: text({ min: 32, max: 64 }).optional(),
    VersionStage: words.VersionStage.optional(),
  }),
  output: words.SecretValueAnswer,
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<SecretsDeps, "secrets" | "versions">) {
    const secret = await findSecret(deps, context, input.SecretId);
    const { VersionId, VersionStage = VersionId === undefined ? CURRENT : undefined } = input;
    const version = await deps.versions.find(secret, { VersionId, VersionStage });
    if (!version?.value) {
      const what = VersionId === undefined ? `staging label: ${VersionStage}` : `VersionId: ${VersionId}`;
      throw new ResourceNotFoundException(`Secrets Manager can't find the specified secret value for ${what}`);
    }
    await deps.secrets.noteAccess(secret, version.VersionId);
    return valueAnswer(secret, version);
  },
});
