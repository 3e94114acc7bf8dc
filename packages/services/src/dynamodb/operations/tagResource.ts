import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import { checkTags, tagsOf } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ ResourceArn: words.TableArn, Tags: words.Tags }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceArn, Tags }, context, { tables }: TableNotes) {
    const key = tableKey(context, ResourceArn);
    const changed = await tables.store.change(key, (table) => {
      const tags = { ...table.tags, ...tagsOf(Tags) };
      checkTags(tags);
      return { tags };
    });
    tables.directory.forget(key);
    if (!changed)
      throw new ResourceNotFoundException(`Requested resource not found: ResourceArn: ${ResourceArn} not found`);
    return undefined;
  },
});
