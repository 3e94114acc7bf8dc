import { bool, choice, integer, quickSchema, structure, structures, text, typeMessage } from "@hearth/model";
import type { AttributeValue as Value } from "@hearth/tables";
import { blob } from "@hearth/wire";
import { z } from "zod";
import { isAttributeMap, isAttributeValue, isTextMap } from "./isAttributeValue.ts";

/** A table's name, or its ARN. */
export const TableName = text({ min: 1, max: 1024 });
/** Of a table that is to be made. */
export const NewTableName = text({ min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" });
export const IndexName = text({ min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" });
export const TableArn = text({ min: 1, max: 1283 });

const anyText = (): z.ZodType<string> => text({ anyCharacter: true });

/** Lists and maps without rules of their own. */
export const listOf = <Member extends z.ZodType>(member: Member): z.ZodArray<Member> =>
  z.array(member, { error: typeMessage("List") });
export const mapOf = <Member extends z.ZodType>(member: Member): z.ZodRecord<z.ZodString, Member> =>
  z.record(z.string(), member, { error: typeMessage("Map") });

export const AttributeValue: z.ZodType<Value> = quickSchema(
  structure({
    S: anyText().optional(),
    N: anyText().optional(),
    B: blob().optional(),
    BOOL: bool().optional(),
    NULL: bool().optional(),
    SS: listOf(anyText()).optional(),
    NS: listOf(anyText()).optional(),
    BS: listOf(blob()).optional(),
    L: z.lazy(() => listOf(AttributeValue)).optional(),
    M: z.lazy(() => AttributeMap).optional(),
  }),
  isAttributeValue,
) as z.ZodType<Value>;

// Both take a member `__proto__`, which zod leaves out of maps, as one like others.
export const AttributeMap = quickSchema(mapOf(AttributeValue), isAttributeMap);
export const Names = quickSchema(mapOf(anyText()), isTextMap);

export const AttributeNames = listOf(anyText());

export const Capacity = choice(["INDEXES", "TOTAL", "NONE"]);
export const ReturnedOnFailure = choice(["ALL_OLD", "NONE"]);
export const CollectionMetrics = choice(["SIZE", "NONE"]);
export const Joint = choice(["AND", "OR"]);

export const Condition = structure({
  ComparisonOperator: anyText().optional(),
  AttributeValueList: listOf(AttributeValue).optional(),
});

export const Expected = mapOf(
  structure({
    Value: AttributeValue.optional(),
    Exists: bool().optional(),
    ComparisonOperator: anyText().optional(),
    AttributeValueList: listOf(AttributeValue).optional(),
  }),
);

/** What every request with an expression may have. */
export const Placeholders = {
  ExpressionAttributeNames: Names.optional(),
  ExpressionAttributeValues: AttributeMap.optional(),
};

export const ConditionMembers = {
  ConditionExpression: anyText().optional(),
  ...Placeholders,
  ReturnValuesOnConditionCheckFailure: ReturnedOnFailure.optional(),
};

/** Each operation takes some of them. */
export const ReturnValues = choice(["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"]);

/** What all requests have that write one item. */
export const WriteMembers = {
  TableName,
  Expected: Expected.optional(),
  ConditionalOperator: Joint.optional(),
  ...ConditionMembers,
  ReturnConsumedCapacity: Capacity.optional(),
  ReturnItemCollectionMetrics: CollectionMetrics.optional(),
};

export const Expression = anyText();

export const ItemCollectionMetrics = structure({
  ItemCollectionKey: AttributeMap,
  SizeEstimateRangeGB: z.array(z.number()),
});

const Units = {
  ReadCapacityUnits: z.number().optional(),
  WriteCapacityUnits: z.number().optional(),
  CapacityUnits: z.number().optional(),
};

export const ConsumedCapacity = structure({
  TableName: z.string(),
  ...Units,
  Table: structure(Units).optional(),
  LocalSecondaryIndexes: z.record(z.string(), structure(Units)).optional(),
  GlobalSecondaryIndexes: z.record(z.string(), structure(Units)).optional(),
});

export const Throughput = structure({
  ReadCapacityUnits: integer({ min: 1 }),
  WriteCapacityUnits: integer({ min: 1 }),
});
export const OnDemandThroughput = structure({
  MaxReadRequestUnits: integer().optional(),
  MaxWriteRequestUnits: integer().optional(),
});

export const KeySchema = structures(
  structure({ AttributeName: text({ min: 1, max: 255 }), KeyType: choice(["HASH", "RANGE"]) }),
  { min: 1, max: 2 },
);
export const AttributeDefinitions = structures(
  structure({ AttributeName: text({ min: 1, max: 255 }), AttributeType: choice(["S", "N", "B"]) }),
);
export const Projection = structure({
  ProjectionType: choice(["ALL", "KEYS_ONLY", "INCLUDE"]).optional(),
  NonKeyAttributes: structures(text({ min: 1, max: 255 }), { min: 1, max: 20 }).optional(),
});
export const LocalIndexes = structures(structure({ IndexName, KeySchema, Projection }));
export const GlobalIndex = structure({
  IndexName,
  KeySchema,
  Projection,
  ProvisionedThroughput: Throughput.optional(),
  OnDemandThroughput: OnDemandThroughput.optional(),
});
export const StreamSpecification = structure({
  StreamEnabled: bool(),
  StreamViewType: choice(["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]).optional(),
});
export const Encryption = structure({
  Enabled: bool().optional(),
  SSEType: choice(["AES256", "KMS"]).optional(),
  KMSMasterKeyId: text().optional(),
});
export const BillingMode = choice(["PROVISIONED", "PAY_PER_REQUEST"]);
export const TableClass = choice(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]);
export const Tags = structures(structure({ Key: text({ min: 1, max: 128 }), Value: text({ min: 0, max: 256 }) }));
