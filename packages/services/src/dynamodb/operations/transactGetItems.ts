import { structure, structures, ValidationException } from "@hearth/model";
import { checkKey, checkTransactionBytes, itemBytes, Placeholders } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { consumedByRead, readUnits } from "../capacity.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException, TransactionCanceledException } from "../errors.ts";
import { byCaller, findTable } from "../findTable.ts";
import { keyText } from "../keyText.ts";
import { projected, projectionOf } from "../projectionOf.ts";
import * as words from "../words.ts";

const MAX_ITEMS = 100;

const Get = structure({
  Get: structure({
    TableName: words.TableName,
    Key: words.AttributeMap,
    ProjectionExpression: words.Expression.optional(),
    ExpressionAttributeNames: words.Names.optional(),
  }),
});

export const transactGetItems = operation({
  name: "TransactGetItems",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    TransactItems: structures(Get, { min: 1, max: MAX_ITEMS }),
    ReturnConsumedCapacity: words.Capacity.optional(),
  }),
  output: structure({
    Responses: z.array(structure({ Item: words.AttributeMap.optional() })),
    ConsumedCapacity: z.array(words.ConsumedCapacity).optional(),
  }),
  errors: [ResourceNotFoundException, TransactionCanceledException],
  async handle({ TransactItems, ReturnConsumedCapacity }, context, { tables }: Pick<DynamoDeps, "tables">) {
    const wanted = await Promise.all(
      TransactItems.map(async ({ Get: get }) => {
        const table = await findTable({ tables }, byCaller(context), get.TableName);
        const placeholders = new Placeholders(get.ExpressionAttributeNames, undefined);
        const paths = projectionOf(get, placeholders);
        placeholders.checkUsed(get.ProjectionExpression !== undefined, "ProjectionExpression");
        return { table, paths, key: checkKey(table.definition.key, get.Key) };
      }),
    );
    if (new Set(wanted.map(({ table, key }) => `${table.id} ${keyText(key)}`)).size < wanted.length) {
      throw new ValidationException("Transaction request cannot include multiple operations on one item");
    }
    const items = await tables.getTogether(wanted);
    const sizes = items.map((item) => (item ? itemBytes(item) : 0));
    checkTransactionBytes(sizes.reduce((sum, bytes) => sum + bytes, 0));
    const units = new Map<string, { readonly table: (typeof wanted)[number]["table"]; read: number }>();
    for (const [at, { table }] of wanted.entries()) {
      const read = 2 * readUnits(sizes[at] ?? 0, true);
      units.set(table.id, { table, read: read + (units.get(table.id)?.read ?? 0) });
    }
    const shown = [...units.values()].flatMap(
      ({ table, read }) => consumedByRead(ReturnConsumedCapacity, table, read) ?? [],
    );
    return {
      Responses: wanted.map(({ paths }, at) => {
        const item = items[at];
        return item ? { Item: projected(item, paths) } : {};
      }),
      ...(shown.length > 0 && { ConsumedCapacity: shown }),
    };
  },
});
