import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey, tableNotFound } from "../findTable.ts";
import { tableAnswer, TableDescription } from "../tableAnswer.ts";
import * as words from "../words.ts";

export const describeTable = operation({
  name: "DescribeTable",
  input: structure({ TableName: words.TableName }),
  output: structure({ Table: TableDescription }),
  errors: [ResourceNotFoundException],
  async handle({ TableName }, context, { tables }: Pick<DynamoDeps, "tables">) {
    const key = tableKey(context, TableName);
    const table = await tables.find(key);
    if (!table) throw tableNotFound(key);
    return { Table: tableAnswer(table, await tables.usage.of(table.id)) };
  },
});
