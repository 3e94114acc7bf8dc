import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { MalformedPolicyDocumentException, ResourceNotFoundException } from "../errors.ts";
import { findSecret } from "../findSecret.ts";
import { checkPolicy, isPublic } from "../secretPolicy.ts";
import * as words from "../words.ts";

export const validateResourcePolicy = operation({
  name: "ValidateResourcePolicy",
  input: structure({ SecretId: words.SecretId.optional(), ResourcePolicy: text({ min: 1, max: 20_480 }) }),
  output: structure({
    PolicyValidationPassed: z.boolean(),
    ValidationErrors: z.array(structure({ CheckName: z.string(), ErrorMessage: z.string() })),
  }),
  errors: [MalformedPolicyDocumentException, ResourceNotFoundException],
  async handle({ SecretId, ResourcePolicy }, context, deps: Pick<SecretsDeps, "secrets">) {
    if (SecretId !== undefined) await findSecret(deps, context, SecretId, true);
    checkPolicy(ResourcePolicy);
    const ValidationErrors = isPublic(ResourcePolicy)
      ? [{ CheckName: "PUBLIC_ACCESS_CHECK", ErrorMessage: "The policy allows broad access to the secret." }]
      : [];
    return { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors };
  },
});
