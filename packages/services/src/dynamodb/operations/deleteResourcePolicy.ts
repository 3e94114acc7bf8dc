import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import { revisionOf } from "../policyRevision.ts";
import * as words from "../words.ts";
import { PolicyNotFoundException } from "./getResourcePolicy.ts";

export const deleteResourcePolicy = operation({
  name: "DeleteResourcePolicy",
  input: structure({ ResourceArn: words.TableArn, ExpectedRevisionId: text().optional() }),
  output: structure({ RevisionId: z.string() }),
  errors: [PolicyNotFoundException, ResourceNotFoundException],
  async handle({ ResourceArn, ExpectedRevisionId }, context, { tables }: TableNotes) {
    const key = tableKey(context, ResourceArn);
    let before: string | null = null;
    const changed = await tables.store.change(key, ({ policy }) => {
      before = policy;
      if (policy !== null && ExpectedRevisionId !== undefined && ExpectedRevisionId !== revisionOf(policy)) {
        throw new PolicyNotFoundException(
          `The policy of ${ResourceArn} has another revision than ${ExpectedRevisionId}`,
        );
      }
      return { policy: null };
    });
    tables.directory.forget(key);
    if (!changed) throw new ResourceNotFoundException();
    return { RevisionId: before === null ? "" : revisionOf(before) };
  },
});
