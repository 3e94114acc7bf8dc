import { bool, structure, ValidationException, structures } from "@hearth/model";
import { checkKey, type Item, itemBytes, Placeholders } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { consumed, readUnits } from "../capacity.ts";
import { refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { byCaller, findTable } from "../findTable.ts";
import { keyText } from "../keyText.ts";
import { projected, projectionOf } from "../projectionOf.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

const KeysAndAttributes = structure({
  Keys: structures(words.AttributeMap, { min: 1, max: MAX_KEYS }),
  AttributesToGet: z.array(z.string()).optional(),
  ConsistentRead: bool().optional(),
  ProjectionExpression: words.Expression.optional(),
  ExpressionAttributeNames: words.Names.optional(),
});

export const batchGetItem = operation({
  name: "BatchGetItem",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    RequestItems: z.record(words.TableName, KeysAndAttributes),
    ReturnConsumedCapacity: words.Capacity.optional(),
  }),
  output: structure({
    Responses: z.record(z.string(), z.array(words.AttributeMap)),
    UnprocessedKeys: z.record(z.string(), KeysAndAttributes),
    ConsumedCapacity: z.array(words.ConsumedCapacity).optional(),
  }),
  errors: [ResourceNotFoundException],
  async handle({ RequestItems, ReturnConsumedCapacity }, context, { tables }: Pick<DynamoDeps, "tables">) {
    const requests = Object.entries(RequestItems);
    const count = requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
    if (count === 0)
      throw new ValidationException(
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      );
    if (count > MAX_KEYS) throw new ValidationException("Too many items requested for the BatchGetItem call");
    const wanted = await Promise.all(
      requests.map(async ([name, request]) => {
        refuseMixed(request);
        const table = await findTable({ tables }, byCaller(context), name);
        const placeholders = new Placeholders(request.ExpressionAttributeNames, undefined);
        const paths = projectionOf(request, placeholders);
        placeholders.checkUsed(request.ProjectionExpression !== undefined, "ProjectionExpression");
        const keys = request.Keys.map((key) => checkKey(table.definition.key, key));
        if (new Set(keys.map(keyText)).size < keys.length) {
          throw new ValidationException("Provided list of item keys contains duplicates");
        }
        return { name, request, table, paths, keys };
      }),
    );
    const Responses: Record<string, Item[]> = {};
    const UnprocessedKeys: Record<string, (typeof wanted)[number]["request"]> = {};
    const capacities = [];
    let bytes = 0;
    for (const { name, request, table, paths, keys } of wanted) {
      const found: Item[] = [];
      let read = 0;
      for (const [at, key] of keys.entries()) {
        if (bytes >= MAX_BYTES) {
          UnprocessedKeys[name] = { ...request, Keys: request.Keys.slice(at) };
          break;
        }
        const item = await tables.get(table, key);
        const size = item ? itemBytes(item) : 0;
        bytes += size;
        read += readUnits(size, request.ConsistentRead);
        if (item) found.push(projected(item, paths));
      }
      Responses[name] = found;
      const capacity = consumed(ReturnConsumedCapacity, table, { read });
      if (capacity) capacities.push(capacity);
    }
    return { Responses, UnprocessedKeys, ...(capacities.length > 0 && { ConsumedCapacity: capacities }) };
  },
});
