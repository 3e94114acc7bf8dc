import { AwsError, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import { revisionOf } from "../policyRevision.ts";
import * as words from "../words.ts";

export class PolicyNotFoundException extends AwsError {
  readonly code = "PolicyNotFoundException";
  readonly httpStatus = 400;
}

export const getResourcePolicy = operation({
  name: "GetResourcePolicy",
  input: structure({ ResourceArn: words.TableArn }),
  output: structure({ Policy: z.string(), RevisionId: z.string() }),
  errors: [PolicyNotFoundException, ResourceNotFoundException],
  async handle({ ResourceArn }, context, { tables }: TableNotes) {
    const { policy } = await findTable({ tables }, context, ResourceArn);
    if (policy === null) {
      throw new PolicyNotFoundException(`Resource-based policy not found for the provided ResourceArn: ${ResourceArn}`);
    }
    return { Policy: policy, RevisionId: revisionOf(policy) };
  },
});
