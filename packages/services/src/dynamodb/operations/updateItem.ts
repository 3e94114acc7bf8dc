import { choice, quickStructure, structure, text } from "@hearth/model";
import { emptyItem, type Item, type Path, project, type Update } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { consumedByWrites } from "../capacity.ts";
import { collectionMetrics } from "../collectionMetrics.ts";
import { refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import {
  ConditionalCheckFailedException,
  ItemCollectionSizeLimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { findTable } from "../findTable.ts";
import { storedGrowth, updatedPaths, updateOf } from "../itemWrites.ts";
import * as words from "../words.ts";

const AttributeUpdates = words.mapOf(
  structure({ Value: words.AttributeValue.optional(), Action: choice(["ADD", "PUT", "DELETE"]).optional() }),
);

export const updateItem = operation({
  name: "UpdateItem",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    ...words.WriteMembers,
    Key: words.AttributeMap,
    AttributeUpdates: AttributeUpdates.optional(),
    UpdateExpression: text({ anyCharacter: true }).optional(),
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
    const table = await findTable(deps, context, input.TableName);
    const wanted = updateOf(table, input);
    await deps.storage.admit(table.accountId, wanted.bytes);
    const { before, after } = await deps.tables.write(table, wanted.key, wanted.decide);
    // An update can copy what the item has.
    deps.storage.count(table.accountId, storedGrowth(table, before, after) - wanted.bytes);
    const capacity = consumedByWrites(input.ReturnConsumedCapacity, table, [{ before, after }]);
    const attributes = returned(input.ReturnValues, before, after, wanted.update);
    const asked = input.ReturnItemCollectionMetrics;
    const metrics = asked && (await collectionMetrics(deps.tables, asked, table, wanted.key));
    return {
      ...(attributes && { Attributes: attributes }),
      ...(capacity && { ConsumedCapacity: capacity }),
      ...metrics,
    };
  },
});

function returned(
  asked: string | undefined,
  before: Item | undefined,
  after: Item | undefined,
  update: Update | undefined,
): Item | undefined {
  switch (asked) {
    case "ALL_NEW":
      return after;
    case "ALL_OLD":
      return before;
    case "UPDATED_NEW":
      return parts(after, update);
    case "UPDATED_OLD":
      return parts(before, update);
    default:
      return undefined;
  }
}

/** The parts of an item that an update names. */
function parts(item: Item | undefined, update: Update | undefined): Item | undefined {
  const paths: readonly Path[] = update ? updatedPaths(update) : [];
  if (paths.length === 0) return undefined;
  const found = project(item ?? emptyItem(), paths);
  return Object.keys(found).length > 0 ? found : undefined;
}
