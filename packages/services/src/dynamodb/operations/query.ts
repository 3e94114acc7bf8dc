import { bool, choice, integer, quickStructure, structure, ValidationException } from "@hearth/model";
import {
  type AttributeValue,
  filterCondition,
  keyNames,
  type LegacyCondition,
  Parser,
  type Placeholders,
  query as readQuery,
  quickKeyCondition,
  toKeyCondition,
} from "@hearth/tables";
import type { KeySchema } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { placeholdersOf, refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { invalid, ResourceNotFoundException } from "../errors.ts";
import { findTable, knownTable } from "../findTable.ts";
import { filterOf, indexOf, pageAnswer, refuseKeysInFilter, selectionOf, startOfQuery, testOf } from "../reads.ts";
import * as words from "../words.ts";

export const ReadMembers = {
  TableName: words.TableName,
  IndexName: words.IndexName.optional(),
  Select: choice(["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]).optional(),
  AttributesToGet: words.AttributeNames.optional(),
  Limit: integer({ min: 1 }).optional(),
  ConsistentRead: bool().optional(),
  ConditionalOperator: words.Joint.optional(),
  ExclusiveStartKey: words.AttributeMap.optional(),
  ReturnConsumedCapacity: words.Capacity.optional(),
  ProjectionExpression: words.Expression.optional(),
  FilterExpression: words.Expression.optional(),
  ...words.Placeholders,
};

export const PageOutput = structure({
  Items: z.array(words.AttributeMap).optional(),
  Count: z.number(),
  ScannedCount: z.number(),
  LastEvaluatedKey: words.AttributeMap.optional(),
  ConsumedCapacity: words.ConsumedCapacity.optional(),
});

export const query = operation({
  name: "Query",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    ...ReadMembers,
    KeyConditions: words.mapOf(words.Condition).optional(),
    QueryFilter: words.mapOf(words.Condition).optional(),
    ScanIndexForward: bool().optional(),
    KeyConditionExpression: words.Expression.optional(),
  }),
  output: PageOutput,
  errors: [ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    refuseMixed(input);
    const table =
      knownTable({ tables }, context, input.TableName) ?? (await findTable({ tables }, context, input.TableName));
    const index = indexOf(table, input);
    const key = (index ?? table.definition).key;
    const placeholders = placeholdersOf(input);
    const wanted = keyConditionOf(input, key, placeholders);
    const filter = filterOf(input, input.QueryFilter, input.ConditionalOperator, placeholders);
    if (filter) refuseKeysInFilter(filter, keyNames(key));
    const selection = selectionOf(table, input, index, placeholders);
    placeholders.checkUsed(true, "KeyConditionExpression");
    const page = await readQuery(tables, table, {
      index,
      hash: wanted.hash,
      range: wanted.range,
      isDescending: input.ScanIndexForward === false,
      limit: input.Limit,
      after: startOfQuery(table, index, input.ExclusiveStartKey, wanted),
      filter: testOf(filter),
    });
    return pageAnswer(tables, table, page, input, index, selection);
  },
});

interface KeyInput {
  readonly KeyConditionExpression?: string | undefined;
  readonly KeyConditions?: Readonly<Record<string, LegacyCondition>> | undefined;
}

/** Throws AWS's error for a condition that does not suit the key. */
function keyConditionOf(
  { KeyConditionExpression, KeyConditions }: KeyInput,
  key: KeySchema,
  placeholders: Placeholders,
) {
  if (KeyConditionExpression !== undefined) {
    const usual = quickKeyCondition(KeyConditionExpression, key, placeholders);
    if (usual && !isEmpty(usual.hash)) return usual;
  }
  const names = { hash: key.hash.name, range: key.range?.name };
  const condition =
    KeyConditionExpression === undefined
      ? KeyConditions && Object.keys(KeyConditions).length > 0
        ? filterCondition(KeyConditions)
        : undefined
      : new Parser(KeyConditionExpression, "KeyConditionExpression", placeholders).condition();
  if (!condition) {
    throw new ValidationException(
      "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    );
  }
  const wanted = toKeyCondition(condition, names);
  const { range } = wanted;
  const rangeValues = !range
    ? []
    : range.by === "between"
      ? [range.from, range.to]
      : range.by === "beginsWith"
        ? [range.prefix]
        : [range.value];
  const values = [
    [key.hash, wanted.hash] as const,
    ...rangeValues.map((value) => [key.range ?? key.hash, value] as const),
  ];
  for (const [{ name, type }, value] of values) {
    // It was checked with the placeholders or the legacy condition, so it has one type.
    if (value[type] === undefined) throw invalid("Condition parameter type does not match schema type");
    if (name === key.hash.name && isEmpty(value)) {
      throw new ValidationException(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value. Key: ${name}`,
      );
    }
  }
  if (range?.by === "beginsWith" && key.range?.type === "N") {
    throw new ValidationException(
      "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    );
  }
  return wanted;
}

function isEmpty({ S, B }: AttributeValue): boolean {
  return S === "" || B?.byteLength === 0;
}
