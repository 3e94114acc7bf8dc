import { createHash } from "node:crypto";
import { structure, structures, text, ValidationException } from "@hearth/model";
import { checkTransactionBytes, type Item, type TransactPart, transactWrite } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { consumedByWrites, type WrittenItem } from "../capacity.ts";
import { metricsOfCollections } from "../collectionMetrics.ts";
import type { DynamoDeps } from "../deps.ts";
import {
  IdempotentParameterMismatchException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from "../errors.ts";
import { byCaller, findTable } from "../findTable.ts";
import { checkOf, deleteOf, type ItemWrite, putOf, updateOf } from "../itemWrites.ts";
import { keyText } from "../keyText.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const MAX_ITEMS = 100;

type MaybeItem = Item | undefined;

const own = { TableName: words.TableName, ...words.ConditionMembers };
const TransactItem = structure({
  ConditionCheck: structure({ ...own, Key: words.AttributeMap, ConditionExpression: words.Expression }).optional(),
  Put: structure({ ...own, Item: words.AttributeMap }).optional(),
  Delete: structure({ ...own, Key: words.AttributeMap }).optional(),
  Update: structure({ ...own, Key: words.AttributeMap, UpdateExpression: words.Expression }).optional(),
});

export const transactWriteItems = operation({
  name: "TransactWriteItems",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    TransactItems: structures(TransactItem, { min: 1, max: MAX_ITEMS }),
    ReturnConsumedCapacity: words.Capacity.optional(),
    ReturnItemCollectionMetrics: words.CollectionMetrics.optional(),
    ClientRequestToken: text({ min: 1, max: 36 }).optional(),
  }),
  output: structure({
    ConsumedCapacity: z.array(words.ConsumedCapacity).optional(),
    ItemCollectionMetrics: z.record(z.string(), z.array(words.ItemCollectionMetrics)).optional(),
  }),
  errors: [
    IdempotentParameterMismatchException,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
    TransactionCanceledException,
  ],
  async handle(input, context, deps: DynamoDeps) {
    const { TransactItems, ReturnConsumedCapacity, ClientRequestToken } = input;
    // The last one counts: a transaction that meets another begins again.
    const changes = new Map<object, WrittenItem & { readonly table: TransactPart["table"] }>();
    let bytes = 0;
    const addedBytes = new Map<string, number>();
    const parts = await Promise.all(
      TransactItems.map(async (one): Promise<TransactPart> => {
        const given = Object.values(one).filter((action) => action !== undefined);
        const [action] = given;
        if (!action || given.length > 1) {
          throw new ValidationException("TransactItems can only contain one of Check, Put, Update or Delete");
        }
        const table = await findTable(deps, byCaller(context), action.TableName);
        const { key, decide, bytes: added } = writeOf(table, one);
        bytes += added / (1 + table.definition.indexes.length);
        addedBytes.set(table.accountId, (addedBytes.get(table.accountId) ?? 0) + added);
        const noted = (before: MaybeItem) => {
          const after = decide(before);
          changes.set(one, { table, before, after });
          return after;
        };
        return { table, key, decide: noted, isCheck: one.ConditionCheck !== undefined };
      }),
    );
    if (new Set(parts.map(({ table, key }) => `${table.id} ${keyText(key)}`)).size < parts.length) {
      throw new ValidationException("Transaction request cannot include multiple operations on one item");
    }
    checkTransactionBytes(bytes);
    for (const [accountId, added] of addedBytes) await deps.storage.admit(accountId, added);
    const token =
      ClientRequestToken === undefined ? undefined : { value: ClientRequestToken, digest: digestOf(TransactItems) };
    await transactWrite(byCaller(context), { parts, token }, deps);
    const shown = [...Map.groupBy(changes.values(), ({ table }) => table.id).values()].flatMap((own) => {
      const [{ table }] = own as [(typeof own)[number]];
      return consumedByWrites(ReturnConsumedCapacity, table, own, { isTransaction: true }) ?? [];
    });
    const written = parts.filter(({ isCheck }) => isCheck !== true);
    const metrics = await metricsOfCollections(deps.tables, input.ReturnItemCollectionMetrics, written);
    return { ...(shown.length > 0 && { ConsumedCapacity: shown }), ...metrics };
  },
});

function writeOf(
  table: TransactPart["table"],
  { ConditionCheck, Put, Delete, Update }: z.output<typeof TransactItem>,
): ItemWrite {
  if (Put) return putOf(table, Put);
  if (Update) return updateOf(table, Update);
  if (Delete) return deleteOf(table, Delete);
  return checkOf(table, ConditionCheck as NonNullable<typeof ConditionCheck>);
}

function digestOf(items: object): string {
  const text = JSON.stringify(items, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
  return createHash("sha256").update(text).digest("hex");
}
