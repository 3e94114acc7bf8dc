import { quickStructure, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { consumedByWrites, isSilent } from "../capacity.ts";
import { collectionMetrics } from "../collectionMetrics.ts";
import { refuseMixed, refuseNewValues } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import {
  ConditionalCheckFailedException,
  ItemCollectionSizeLimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { findTable, knownTable } from "../findTable.ts";
import { putOf } from "../itemWrites.ts";
import * as words from "../words.ts";

export const putItem = operation({
  name: "PutItem",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    ...words.WriteMembers,
    Item: words.AttributeMap,
    ReturnValues: words.ReturnValues.optional(),
  }),
  output: structure({
    Attributes: words.AttributeMap.optional(),
    ConsumedCapacity: words.ConsumedCapacity.optional(),
    ItemCollectionMetrics: words.ItemCollectionMetrics.optional(),
  }),
  errors: [
    ConditionalCheckFailedException,
    ItemCollectionSizeLimitExceededException,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
  ],
  async handle(input, context, deps: Pick<DynamoDeps, "tables" | "storage">) {
    refuseMixed(input);
    refuseNewValues(input.ReturnValues);
    const table = knownTable(deps, context, input.TableName) ?? (await findTable(deps, context, input.TableName));
    const put = putOf(table, input);
    const { storage } = deps;
    if (!storage.admitsAtOnce(table.accountId, put.bytes)) await storage.admit(table.accountId, put.bytes);
    const returnsOld = input.ReturnValues === "ALL_OLD";
    const isBlind = !put.hasCondition && !returnsOld && isSilent(input.ReturnConsumedCapacity);
    const { before, after } = await deps.tables.write(table, put.key, put.decide, { isBlind });
    const capacity = consumedByWrites(input.ReturnConsumedCapacity, table, [{ before, after }]);
    const asked = input.ReturnItemCollectionMetrics;
    const metrics = asked && (await collectionMetrics(deps.tables, asked, table, put.key));
    return {
      ...(returnsOld && before && { Attributes: before }),
      ...(capacity && { ConsumedCapacity: capacity }),
      ...metrics,
    };
  },
});
