import { bool, structure, ValidationException, structures, typeMessage } from "@hearth/model";
import { checkKey, Placeholders, type ReadItem, storedKey } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { consumedByRead, readUnits } from "../capacity.ts";
import { refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { byCaller, findTable } from "../findTable.ts";
import { keyText } from "../keyText.ts";
import { projected, projectionOf } from "../projectionOf.ts";
import { storedAnswer } from "../storedAnswer.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;
/** What is read beyond the limit of an answer was read for nothing. */
const READ_TOGETHER = 20;

type Paths = ReturnType<typeof projectionOf>;

const KeysAndAttributes = structure({
  Keys: structures(words.AttributeMap, { min: 1, max: MAX_KEYS }),
  AttributesToGet: words.AttributeNames.optional(),
  ConsistentRead: bool().optional(),
  ProjectionExpression: words.Expression.optional(),
  ExpressionAttributeNames: words.Names.optional(),
});

export const batchGetItem = operation({
  name: "BatchGetItem",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    RequestItems: z.record(words.TableName, KeysAndAttributes, { error: typeMessage("Map") }),
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
    const found: { readonly name: string; readonly items: readonly ReadItem[]; readonly paths: Paths }[] = [];
    const UnprocessedKeys: Record<string, (typeof wanted)[number]["request"]> = {};
    const capacities = [];
    let bytes = 0;
    for (const { name, request, table, paths, keys } of wanted) {
      const items: ReadItem[] = [];
      let read = 0;
      let at = 0;
      while (at < keys.length && bytes < MAX_BYTES) {
        const next = keys.slice(at, at + READ_TOGETHER);
        const results = await Promise.all(
          next.map(async (key) => await tables.read(table, storedKey(table.definition.key, key))),
        );
        for (const item of results) {
          if (bytes >= MAX_BYTES) break;
          at++;
          bytes += item?.bytes ?? 0;
          read += readUnits(item?.bytes ?? 0, request.ConsistentRead);
          if (item) items.push(item);
        }
      }
      if (at < keys.length) UnprocessedKeys[name] = { ...request, Keys: request.Keys.slice(at) };
      found.push({ name, items, paths });
      const capacity = consumedByRead(ReturnConsumedCapacity, table, read);
      if (capacity) capacities.push(capacity);
    }
    const isWhole = Object.keys(UnprocessedKeys).length + capacities.length === 0;
    if (isWhole && found.every(({ paths }) => !paths)) {
      const texts = found.map(
        ({ name, items }) => `${JSON.stringify(name)}:[${items.map(({ text }) => text).join(",")}]`,
      );
      return storedAnswer(`{"Responses":{${texts.join(",")}},"UnprocessedKeys":{}}`);
    }
    const Responses = Object.fromEntries(
      found.map(({ name, items, paths }) => [name, items.map(({ item }) => projected(item, paths))]),
    );
    return { Responses, UnprocessedKeys, ...(capacities.length > 0 && { ConsumedCapacity: capacities }) };
  },
});
