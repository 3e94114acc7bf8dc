import { structure, structures, ValidationException, typeMessage } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { consumedByWrites, isSilent } from "../capacity.ts";
import { metricsOfCollections } from "../collectionMetrics.ts";
import type { DynamoDeps } from "../deps.ts";
import {
  ItemCollectionSizeLimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { byCaller, findTable } from "../findTable.ts";
import { deleteOf, putOf } from "../itemWrites.ts";
import { keyText } from "../keyText.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_WRITES = 25;

const WriteRequests = structures(
  structure({
    PutRequest: structure({ Item: words.AttributeMap }).optional(),
    DeleteRequest: structure({ Key: words.AttributeMap }).optional(),
  }),
  { min: 1, max: MAX_WRITES },
);

export const batchWriteItem = operation({
  name: "BatchWriteItem",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    RequestItems: z.record(words.TableName, WriteRequests, { error: typeMessage("Map") }),
    ReturnConsumedCapacity: words.Capacity.optional(),
    ReturnItemCollectionMetrics: words.CollectionMetrics.optional(),
  }),
  output: structure({
    UnprocessedItems: z.record(z.string(), WriteRequests),
    ConsumedCapacity: z.array(words.ConsumedCapacity).optional(),
    ItemCollectionMetrics: z.record(z.string(), z.array(words.ItemCollectionMetrics)).optional(),
  }),
  errors: [ItemCollectionSizeLimitExceededException, ProvisionedThroughputExceededException, ResourceNotFoundException],
  async handle(
    { RequestItems, ReturnConsumedCapacity, ReturnItemCollectionMetrics },
    context,
    deps: Pick<DynamoDeps, "tables" | "storage">,
  ) {
    const requests = Object.entries(RequestItems);
    const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0);
    if (count === 0)
      throw new ValidationException(
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      );
    if (count > MAX_WRITES) throw new ValidationException("Too many items requested for the BatchWriteItem call");
    const planned = await Promise.all(
      requests.map(async ([name, writes]) => {
        const table = await findTable(deps, byCaller(context), name);
        const items = writes.map(({ PutRequest, DeleteRequest }) => {
          if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
            throw new ValidationException(
              "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            );
          }
          return PutRequest ? putOf(table, PutRequest) : deleteOf(table, { Key: DeleteRequest?.Key ?? {} });
        });
        return { table, items };
      }),
    );
    // Of all tables together: one can be given by its name and by its ARN.
    const names = planned.flatMap(({ table, items }) => items.map(({ key }) => `${table.id} ${keyText(key)}`));
    if (new Set(names).size < count) throw new ValidationException("Provided list of item keys contains duplicates");
    for (const { table, items } of planned) {
      await deps.storage.admit(
        table.accountId,
        items.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }
    const isBlind = isSilent(ReturnConsumedCapacity);
    const capacities = await Promise.all(
      planned.map(async ({ table, items }) => {
        const written = await Promise.all(
          items.map(({ key, decide }) => deps.tables.write(table, key, decide, { isBlind })),
        );
        return consumedByWrites(ReturnConsumedCapacity, table, written);
      }),
    );
    const shown = capacities.filter((capacity) => capacity !== undefined);
    const written = planned.flatMap(({ table, items }) => items.map(({ key }) => ({ table, key })));
    const metrics = await metricsOfCollections(deps.tables, ReturnItemCollectionMetrics, written);
    return { UnprocessedItems: {}, ...(shown.length > 0 && { ConsumedCapacity: shown }), ...metrics };
  },
});
