import { quickStructure, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { consumedByWrites, isSilent } from "../capacity.ts";
import { collectionMetrics } from "../collectionMetrics.ts";
import { refuseMixed, refuseNewValues } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ConditionalCheckFailedException, ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import { deleteOf } from "../itemWrites.ts";
import * as words from "../words.ts";

export const deleteItem = operation({
  name: "DeleteItem",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    ...words.WriteMembers,
    Key: words.AttributeMap,
    ReturnValues: words.ReturnValues.optional(),
  }),
  output: structure({
    Attributes: words.AttributeMap.optional(),
    ConsumedCapacity: words.ConsumedCapacity.optional(),
    ItemCollectionMetrics: words.ItemCollectionMetrics.optional(),
  }),
  errors: [ConditionalCheckFailedException, ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    refuseMixed(input);
    refuseNewValues(input.ReturnValues);
    const table = await findTable({ tables }, context, input.TableName);
    const deletion = deleteOf(table, input);
    const returnsOld = input.ReturnValues === "ALL_OLD";
    const isBlind = !deletion.hasCondition && !returnsOld && isSilent(input.ReturnConsumedCapacity);
    const { before } = await tables.write(table, deletion.key, deletion.decide, { isBlind });
    const capacity = consumedByWrites(input.ReturnConsumedCapacity, table, [{ before, after: undefined }]);
    const asked = input.ReturnItemCollectionMetrics;
    const metrics = asked && (await collectionMetrics(tables, asked, table, deletion.key));
    return {
      ...(returnsOld && before && { Attributes: before }),
      ...(capacity && { ConsumedCapacity: capacity }),
      ...metrics,
    };
  },
});
