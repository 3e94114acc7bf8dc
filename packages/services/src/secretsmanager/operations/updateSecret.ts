import { NotImplementedException, structure, text, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
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

export const updateSecret = operation({
  name: "UpdateSecret",
  input: structure({
    SecretId: words.SecretId,
    ClientRequestToken: words.ClientRequestToken,
    Description: words.Description,
    KmsKeyId: words.KmsKeyId,
    ...words.ValueMembers,
    Type: text({ max: 256 }).optional(),
  }),
  output: words.WithVersion,
  errors: [
    InvalidParameterException,
    InvalidRequestException,
    NotImplementedException,
    ResourceExistsException,
    ResourceNotFoundException,
    ThrottlingException,
  ],
  async handle(input, context, deps: SecretsDeps) {
    const { secrets, random, disk } = deps;
    if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for secrets.");
    if (input.Type) throw new NotImplementedException("Hearth has no managed external secrets.");
    const { ClientRequestToken: VersionId = random.uuid(), Description, KmsKeyId } = input;
    const value = valueOf(input);
    const key = secretKey(context, input.SecretId);
    return await secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, key);
      const { Description: description = Description, KmsKeyId: kmsKeyId = KmsKeyId } = {
        ...secret.settings,
        ...(Description !== undefined && { Description }),
        ...(KmsKeyId !== undefined && { KmsKeyId }),
      };
      const settings = { ...(description && { Description: description }), ...(kmsKeyId && { KmsKeyId: kmsKeyId }) };
      await secrets.change(tx, secret, { settings });
      if (value) await putVersion(deps, tx, secret, { VersionId, value });
      return { ARN: secretArn(secret), Name: secret.Name, ...(value && { VersionId }) };
    });
  },
});
