import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import * as words from "../words.ts";

export const listTagsOfResource = operation({
  name: "ListTagsOfResource",
  input: structure({ ResourceArn: words.TableArn, NextToken: z.string().optional() }),
  output: structure({ Tags: z.array(structure({ Key: z.string(), Value: z.string() })) }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceArn }, context, { tables }: TableNotes) {
    const { tags } = await findTable({ tables }, context, ResourceArn);
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
