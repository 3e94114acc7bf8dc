import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import {
  InvalidRequestException,
  MalformedPolicyDocumentException,
  PublicPolicyException,
  ResourceNotFoundException,
} from "../errors.ts";
import { lockSecret } from "../findSecret.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { checkPolicy, isPublic } from "../secretPolicy.ts";
import * as words from "../words.ts";

export const putResourcePolicy = operation({
  name: "PutResourcePolicy",
  input: structure({
    SecretId: words.SecretId,
    ResourcePolicy: text({ min: 1, max: 20_480 }),
    BlockPublicPolicy: words.Bool,
  }),
  output: words.Named,
  errors: [InvalidRequestException, MalformedPolicyDocumentException, PublicPolicyException, ResourceNotFoundException],
  async handle({ SecretId, ResourcePolicy, BlockPublicPolicy = false }, context, deps: SecretsDeps) {
    checkPolicy(ResourcePolicy);
    if (BlockPublicPolicy && isPublic(ResourcePolicy)) {
      throw new PublicPolicyException("You can't attach this policy, because it allows broad access to the secret.");
    }
    return await deps.secrets.transaction(async (tx) => {
      const secret = await lockSecret(deps, tx, secretKey(context, SecretId));
      await deps.secrets.change(tx, secret, { policy: ResourcePolicy });
      return { ARN: secretArn(secret), Name: secret.Name };
    });
  },
});
