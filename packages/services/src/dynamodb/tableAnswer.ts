import { structure } from "@hearth/model";
import type { TableUsage } from "@hearth/store";
import { type IndexDefinition, type KeySchema, streamArnOf, type Table, type Throughput } from "@hearth/tables";
import { z } from "zod";
import { NO_THROUGHPUT } from "./tableDefinition.ts";

const Schema = z.array(structure({ AttributeName: z.string(), KeyType: z.string() }));
const Provisioned = structure({
  NumberOfDecreasesToday: z.number(),
  ReadCapacityUnits: z.number(),
  WriteCapacityUnits: z.number(),
});
const OnDemand = structure({
  MaxReadRequestUnits: z.number().optional(),
  MaxWriteRequestUnits: z.number().optional(),
});
const Index = {
  IndexName: z.string(),
  KeySchema: Schema,
  Projection: structure({ ProjectionType: z.string(), NonKeyAttributes: z.array(z.string()).optional() }),
  IndexSizeBytes: z.number(),
  ItemCount: z.number(),
  IndexArn: z.string(),
};

export const TableDescription = structure({
  AttributeDefinitions: z.array(structure({ AttributeName: z.string(), AttributeType: z.string() })),
  TableName: z.string(),
  KeySchema: Schema,
  TableStatus: z.string(),
  CreationDateTime: z.date(),
  ProvisionedThroughput: Provisioned,
  TableSizeBytes: z.number(),
  ItemCount: z.number(),
  TableArn: z.string(),
  TableId: z.string(),
  BillingModeSummary: structure({ BillingMode: z.string(), LastUpdateToPayPerRequestDateTime: z.date() }).optional(),
  LocalSecondaryIndexes: z.array(structure(Index)).optional(),
  GlobalSecondaryIndexes: z
    .array(
      structure({
        ...Index,
        IndexStatus: z.string(),
        Backfilling: z.boolean().optional(),
        ProvisionedThroughput: Provisioned,
        OnDemandThroughput: OnDemand.optional(),
      }),
    )
    .optional(),
  StreamSpecification: structure({ StreamEnabled: z.boolean(), StreamViewType: z.string() }).optional(),
  LatestStreamLabel: z.string().optional(),
  LatestStreamArn: z.string().optional(),
  SSEDescription: structure({
    Status: z.string(),
    SSEType: z.string(),
    KMSMasterKeyArn: z.string().optional(),
  }).optional(),
  TableClassSummary: structure({ TableClass: z.string() }).optional(),
  DeletionProtectionEnabled: z.boolean(),
  OnDemandThroughput: OnDemand.optional(),
});

/** A table as DescribeTable and the operations that change one show it. */
export function tableAnswer(table: Table, usage: TableUsage, status = "ACTIVE") {
  const { definition } = table;
  const { stream, encryption } = definition;
  const local = definition.indexes.filter(({ isGlobal }) => !isGlobal);
  const global = definition.indexes.filter(({ isGlobal }) => isGlobal);
  const isOnDemand = definition.billing === "PAY_PER_REQUEST";
  return {
    AttributeDefinitions: definition.attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    TableName: table.TableName,
    KeySchema: shownKey(definition.key),
    TableStatus: status,
    CreationDateTime: new Date(table.createdAt),
    ProvisionedThroughput: shownThroughput(definition.throughput),
    TableSizeBytes: usage.bytes,
    ItemCount: usage.items,
    TableArn: table.arn,
    TableId: table.tableId,
    ...(isOnDemand && {
      BillingModeSummary: {
        BillingMode: "PAY_PER_REQUEST",
        LastUpdateToPayPerRequestDateTime: new Date(table.createdAt),
      },
    }),
    ...(local.length > 0 && { LocalSecondaryIndexes: local.map((index) => shownIndex(table, index, usage)) }),
    ...(global.length > 0 && {
      GlobalSecondaryIndexes: global.map((index) => ({
        ...shownIndex(table, index, usage),
        IndexStatus: index.status,
        ...(index.status === "CREATING" && { Backfilling: true }),
        ProvisionedThroughput: shownThroughput((!isOnDemand && index.throughput) || NO_THROUGHPUT),
        ...(index.onDemandThroughput && { OnDemandThroughput: index.onDemandThroughput }),
      })),
    }),
    ...(stream?.isEnabled && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.view } }),
    ...(stream && { LatestStreamLabel: stream.label, LatestStreamArn: streamArnOf(table, stream.label) }),
    ...(encryption && {
      SSEDescription: {
        Status: "ENABLED",
        SSEType: encryption.SSEType ?? "KMS",
        ...(encryption.KMSMasterKeyId !== undefined && { KMSMasterKeyArn: encryption.KMSMasterKeyId }),
      },
    }),
    ...(definition.tableClass !== undefined && { TableClassSummary: { TableClass: definition.tableClass } }),
    DeletionProtectionEnabled: definition.isDeletionProtected,
    ...(definition.onDemandThroughput && { OnDemandThroughput: definition.onDemandThroughput }),
  };
}

function shownKey({ hash, range }: KeySchema) {
  return [
    { AttributeName: hash.name, KeyType: "HASH" },
    ...(range ? [{ AttributeName: range.name, KeyType: "RANGE" }] : []),
  ];
}

function shownThroughput({ ReadCapacityUnits, WriteCapacityUnits }: Throughput) {
  return { NumberOfDecreasesToday: 0, ReadCapacityUnits, WriteCapacityUnits };
}

function shownIndex(table: Table, { id, name, key, projection }: IndexDefinition, { indexes }: TableUsage) {
  const { items, bytes } = indexes?.[id] ?? { items: 0, bytes: 0 };
  return {
    IndexName: name,
    KeySchema: shownKey(key),
    Projection: projection,
    IndexSizeBytes: bytes,
    ItemCount: items,
    IndexArn: `${table.arn}/index/${name}`,
  };
}
