import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { DynamoDeps } from "../deps.ts";
import * as words from "../words.ts";

export const listTables = operation({
  name: "ListTables",
  input: structure({
    ExclusiveStartTableName: words.NewTableName.optional(),
    Limit: integer({ min: 1, max: 100 }).optional(),
  }),
  output: structure({ TableNames: z.array(z.string()), LastEvaluatedTableName: z.string().optional() }),
  errors: [],
  async handle(
    { ExclusiveStartTableName: after = "", Limit: limit = 100 },
    context,
    { tables }: Pick<DynamoDeps, "tables">,
  ) {
    const found = await tables.store.list(context, { after, limit: limit + 1 });
    const TableNames = found.slice(0, limit).map(({ TableName }) => TableName);
    const last = TableNames.at(-1);
    return { TableNames, ...(found.length > limit && last !== undefined && { LastEvaluatedTableName: last }) };
  },
});
