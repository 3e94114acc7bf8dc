import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import * as words from "../words.ts";

export const listPolicyTags = operation({
  name: "ListPolicyTags",
  input: structure({ PolicyArn: words.PolicyArn }),
  output: structure({ Tags: words.tagsShape, IsTruncated: z.boolean() }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn }, context, { policies }: Pick<IamDeps, "policies">) {
    const { Tags } = await findOwnPolicy(policies, context, PolicyArn);
    return { Tags: words.tagList(Tags), IsTruncated: false };
  },
});
