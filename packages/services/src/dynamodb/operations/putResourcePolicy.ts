import { bool, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import { checkPolicy } from "../policies.ts";
import { revisionOf } from "../policyRevision.ts";
import * as words from "../words.ts";
import { PolicyNotFoundException } from "./getResourcePolicy.ts";

export const putResourcePolicy = operation({
  name: "PutResourcePolicy",
  input: structure({
    ResourceArn: words.TableArn,
    Policy: text(),
    ExpectedRevisionId: text().optional(),
    ConfirmRemoveSelfResourceAccess: bool().optional(),
  }),
  output: structure({ RevisionId: z.string() }),
  errors: [PolicyNotFoundException, ResourceNotFoundException],
  async handle({ ResourceArn, Policy, ExpectedRevisionId }, context, { tables }: TableNotes) {
    checkPolicy(Policy);
    const key = tableKey(context, ResourceArn);
    const changed = await tables.store.change(key, ({ policy }) => {
      const present = policy === null ? "NO_POLICY" : revisionOf(policy);
      if (ExpectedRevisionId !== undefined && ExpectedRevisionId !== present) {
        throw new PolicyNotFoundException(
          `The policy of ${ResourceArn} has another revision than ${ExpectedRevisionId}`,
        );
      }
      return { policy: Policy };
    });
    tables.directory.forget(key);
    if (!changed) throw new ResourceNotFoundException();
    return { RevisionId: revisionOf(Policy) };
  },
});
