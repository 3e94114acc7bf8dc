import { bool, quickStructure, structure } from "@hearth/model";
import { checkKey, storedKey } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { consumedByRead, readUnits } from "../capacity.ts";
import { placeholdersOf, refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable, knownTable } from "../findTable.ts";
import { projected, projectionOf } from "../projectionOf.ts";
import { storedAnswer } from "../storedAnswer.ts";
import * as words from "../words.ts";

export const getItem = operation({
  name: "GetItem",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    TableName: words.TableName,
    Key: words.AttributeMap,
    AttributesToGet: words.AttributeNames.optional(),
    ConsistentRead: bool().optional(),
    ReturnConsumedCapacity: words.Capacity.optional(),
    ProjectionExpression: words.Expression.optional(),
    ExpressionAttributeNames: words.Names.optional(),
  }),
  output: structure({ Item: words.AttributeMap.optional(), ConsumedCapacity: words.ConsumedCapacity.optional() }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    refuseMixed(input);
    const table =
      knownTable({ tables }, context, input.TableName) ?? (await findTable({ tables }, context, input.TableName));
    const key = checkKey(table.definition.key, input.Key);
    const placeholders = placeholdersOf(input);
    const paths = projectionOf(input, placeholders);
    placeholders.checkUsed(input.ProjectionExpression !== undefined, "ProjectionExpression");
    const found = await tables.read(table, storedKey(table.definition.key, key));
    const read = readUnits(found?.bytes ?? 0, input.ConsistentRead);
    const capacity = consumedByRead(input.ReturnConsumedCapacity, table, read);
    if (found && !paths && !capacity) return storedAnswer(`{"Item":${found.text}}`);
    return { ...(found && { Item: projected(found.item, paths) }), ...(capacity && { ConsumedCapacity: capacity }) };
  },
});
