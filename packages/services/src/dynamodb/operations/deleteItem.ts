import { choice, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { consumed, isSilent, writeUnits } from "../capacity.ts";
import { refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ConditionalCheckFailedException, ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import { deleteOf } from "../itemWrites.ts";
import * as words from "../words.ts";

export const deleteItem = operation({
  name: "DeleteItem",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    ...words.WriteMembers,
    Key: words.AttributeMap,
    ReturnValues: choice(["ALL_OLD", "NONE"]).optional(),
  }),
  output: structure({ Attributes: words.AttributeMap.optional(), ConsumedCapacity: words.ConsumedCapacity.optional() }),
  errors: [ConditionalCheckFailedException, ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    refuseMixed(input);
    const table = await findTable({ tables }, context, input.TableName);
    const deletion = deleteOf(table, input);
    const returnsOld = input.ReturnValues === "ALL_OLD";
    const isBlind = !deletion.hasCondition && !returnsOld && isSilent(input.ReturnConsumedCapacity);
    const { before } = await tables.write(table, deletion.key, deletion.decide, { isBlind });
    const capacity = consumed(input.ReturnConsumedCapacity, table, { write: writeUnits(before) });
    return { ...(returnsOld && before && { Attributes: before }), ...(capacity && { ConsumedCapacity: capacity }) };
  },
});
