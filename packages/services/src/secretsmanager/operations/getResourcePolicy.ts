import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findSecret } from "../findSecret.ts";
import { secretArn } from "../secretArn.ts";
import * as words from "../words.ts";

export const getResourcePolicy = operation({
  name: "GetResourcePolicy",
  input: structure({ SecretId: words.SecretId }),
  output: structure({ ARN: z.string(), Name: z.string(), ResourcePolicy: z.string().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ SecretId }, context, deps: Pick<SecretsDeps, "secrets">) {
    const secret = await findSecret(deps, context, SecretId, true);
    const { policy, Name } = secret;
    return { ARN: secretArn(secret), Name, ...(policy !== null && { ResourcePolicy: policy }) };
  },
});
