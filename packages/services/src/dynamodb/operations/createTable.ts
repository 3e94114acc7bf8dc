import { bool, structure, text } from "@hearth/model";
import { type IndexDefinition, type TableDefinition, tableArn } from "@hearth/tables";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { invalid, LimitExceededException, ResourceInUseException } from "../errors.ts";
import { createStream, newStream } from "../streamsOfTables.ts";
import { tableAnswer, TableDescription } from "../tableAnswer.ts";
import {
  attributesOfInput,
  checkThroughput,
  indexDefinition,
  keySchema,
  MAX_GLOBAL_INDEXES,
  MAX_LOCAL_INDEXES,
  NO_THROUGHPUT,
  refuseUnusedAttributes,
} from "../tableDefinition.ts";
import { checkPolicy } from "../policies.ts";
import { checkTags, tagsOf } from "../tagging.ts";
import { structures } from "@hearth/model";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const MAX_TABLES = 2_500;

export const createTable = operation({
  name: "CreateTable",
  input: structure({
    TableName: words.NewTableName,
    AttributeDefinitions: words.AttributeDefinitions,
    KeySchema: words.KeySchema,
    LocalSecondaryIndexes: words.LocalIndexes.optional(),
    GlobalSecondaryIndexes: structures(words.GlobalIndex).optional(),
    BillingMode: words.BillingMode.optional(),
    ProvisionedThroughput: words.Throughput.optional(),
    StreamSpecification: words.StreamSpecification.optional(),
    SSESpecification: words.Encryption.optional(),
    Tags: words.Tags.optional(),
    TableClass: words.TableClass.optional(),
    DeletionProtectionEnabled: bool().optional(),
    ResourcePolicy: text().optional(),
    OnDemandThroughput: words.OnDemandThroughput.optional(),
  }),
  output: structure({ TableDescription }),
  errors: [LimitExceededException, ResourceInUseException],
  async handle(input, { accountId, region }, { tables, streams, clock, random }: DynamoDeps) {
    const key = { accountId, region, TableName: input.TableName };
    const billing = input.BillingMode ?? "PROVISIONED";
    const tags = tagsOf(input.Tags ?? []);
    checkTags(tags);
    if (input.ResourcePolicy !== undefined) checkPolicy(input.ResourcePolicy);
    const attributes = attributesOfInput(input.AttributeDefinitions);
    const schema = keySchema(input.KeySchema, attributes);
    checkThroughput(billing, input.ProvisionedThroughput);
    const local = input.LocalSecondaryIndexes ?? [];
    const global = input.GlobalSecondaryIndexes ?? [];
    if (local.length > MAX_LOCAL_INDEXES)
      throw invalid(`Number of LocalSecondaryIndexes exceeds per-table limit of ${MAX_LOCAL_INDEXES}`);
    if (global.length > MAX_GLOBAL_INDEXES)
      throw new LimitExceededException(
        `GlobalSecondaryIndex count exceeds the per-table limit of ${MAX_GLOBAL_INDEXES}`,
      );
    const names = [...local, ...global].map(({ IndexName }) => IndexName);
    if (new Set(names).size < names.length)
      throw invalid("Duplicate index name: an index name can be used once in a table");
    const now = clock.now();
    const indexes: IndexDefinition[] = [];
    for (const [one, isGlobal] of [
      ...local.map((index) => [index, false] as const),
      ...global.map((index) => [index, true] as const),
    ]) {
      if (isGlobal) checkThroughput(billing, one.ProvisionedThroughput, ` for index: ${one.IndexName}`);
      const rest = { id: await tables.store.newIndexId(), isGlobal, status: "ACTIVE", createdAt: now } as const;
      const index = indexDefinition(one, attributes, rest);
      if (!isGlobal && index.key.hash.name !== schema.hash.name) {
        throw invalid(
          `Table KeySchema does not have a range key or its HASH key differs from that of index ${one.IndexName}`,
        );
      }
      if (!isGlobal && (!schema.range || !index.key.range)) {
        throw invalid(
          "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        );
      }
      indexes.push(index);
    }
    refuseUnusedAttributes(attributes, [schema, ...indexes.map((index) => index.key)]);
    if ((await tables.store.count(key)) >= MAX_TABLES) {
      throw new LimitExceededException(
        `Subscriber limit exceeded: There is a limit of ${MAX_TABLES} tables per subscriber`,
      );
    }
    const stream = newStream(input.StreamSpecification, clock);
    const definition: TableDefinition = {
      key: schema,
      attributes,
      indexes,
      billing,
      throughput: input.ProvisionedThroughput ?? NO_THROUGHPUT,
      ...(stream && { stream }),
      isDeletionProtected: input.DeletionProtectionEnabled ?? false,
      ...(input.TableClass && { tableClass: input.TableClass }),
      ...(input.SSESpecification?.Enabled && { encryption: encryptionOf(input.SSESpecification) }),
      ...(input.OnDemandThroughput && { onDemandThroughput: input.OnDemandThroughput }),
    };
    if (stream) await createStream(streams, key, stream.label, { view: stream.view, key: schema });
    const created = await tables.store.create(key, { tableId: random.uuid(), definition, tags });
    tables.directory.forget(key);
    if (!created) throw new ResourceInUseException(`Table already exists: ${input.TableName}`);
    if (input.ResourcePolicy !== undefined)
      await tables.store.change(key, () => ({ policy: input.ResourcePolicy ?? null }));
    tables.directory.forget(key);
    const table = { ...created, arn: tableArn(key) };
    return { TableDescription: tableAnswer(table, { items: 0, bytes: 0, indexBytes: 0 }, "CREATING") };
  },
});

export function encryptionOf({
  SSEType,
  KMSMasterKeyId,
}: {
  readonly SSEType?: string | undefined;
  readonly KMSMasterKeyId?: string | undefined;
}) {
  return { ...(SSEType !== undefined && { SSEType }), ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }) };
}
