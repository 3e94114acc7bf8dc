import { list, structure, text, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
} from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { putVersion, valueOf } from "../putVersion.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import * as words from "../words.ts";

export const putSecretValue = operation({
  name: "PutSecretValue",
  input: structure({
    SecretId: words.SecretId,
    ClientRequestToken: words.ClientRequestToken,
    ...words.ValueMembers,
    VersionStages: list({ min: 1, max: 256 }, { min: 1, max: 20 }).optional(),
    RotationToken: text({ min: 36, max: 256 }).optional(),
  }),
  output: structure({ ARN: z.string(), Name: z.string(), VersionId: z.string(), VersionStages: z.array(z.string()) }),
  errors: [
    InvalidParameterException,
    InvalidRequestException,
    ResourceExistsException,
    ResourceNotFoundException,
    ThrottlingException,
  ],
  async handle(input, context, deps: SecretsDeps) {
    const { secrets, random, disk } = deps;
    if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for secrets.");
    const { ClientRequestToken: VersionId = random.uuid(), VersionStages: stages } = input;
    const value = valueOf(input);
    if (!value) throw new InvalidRequestException("You must provide either SecretString or SecretBinary.");
    const key = secretKey(context, input.SecretId);
    return await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, key);
      const VersionStages = await putVersion(deps, tx, secret, { VersionId, value, stages });
      await secrets.change(tx, secret, {});
      return { ARN: secretArn(secret), Name: secret.Name, VersionId, VersionStages };
    });
  },
});
