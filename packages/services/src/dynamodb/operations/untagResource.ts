import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ ResourceArn: words.TableArn, TagKeys: z.array(z.string()) }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceArn, TagKeys }, context, { tables }: TableNotes) {
    const key = tableKey(context, ResourceArn);
    const changed = await tables.store.change(key, (table) => ({
      tags: Object.fromEntries(Object.entries(table.tags).filter(([name]) => !TagKeys.includes(name))),
    }));
    tables.directory.forget(key);
    if (!changed)
      throw new ResourceNotFoundException(`Requested resource not found: ResourceArn: ${ResourceArn} not found`);
    return undefined;
  },
});
