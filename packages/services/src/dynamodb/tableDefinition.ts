import { ValidationException } from "@hearth/model";
import type { IndexDefinition, KeyAttribute, KeySchema, Projection, Throughput } from "@hearth/tables";
import { invalid } from "./errors.ts";

interface SchemaElement {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}

export interface IndexInput {
  readonly IndexName: string;
  readonly KeySchema: readonly SchemaElement[];
  readonly Projection?: {
    readonly ProjectionType?: Projection["ProjectionType"] | undefined;
    readonly NonKeyAttributes?: readonly string[] | undefined;
  };
  readonly ProvisionedThroughput?: Throughput | undefined;
  readonly OnDemandThroughput?: object | undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const MAX_LOCAL_INDEXES = 5;
export const MAX_GLOBAL_INDEXES = 20;

export function attributesOfInput(
  definitions: readonly { readonly AttributeName: string; readonly AttributeType: KeyAttribute["type"] }[],
): readonly KeyAttribute[] {
  const names = definitions.map(({ AttributeName }) => AttributeName);
  if (new Set(names).size < names.length) {
    throw invalid(
      `Duplicate AttributeName in AttributeDefinitions: ${names.find((name, at) => names.indexOf(name) !== at)}`,
    );
  }
  return definitions.map(({ AttributeName, AttributeType }) => ({ name: AttributeName, type: AttributeType }));
}

/** The key that a schema declares. Throws AWS's error. */
export function keySchema(elements: readonly SchemaElement[], attributes: readonly KeyAttribute[]): KeySchema {
  const [first, second] = elements;
  if (first?.KeyType !== "HASH")
    throw new ValidationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (second && second.KeyType !== "RANGE")
    throw new ValidationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  if (second && second.AttributeName === first.AttributeName) {
    throw invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  const find = ({ AttributeName }: SchemaElement): KeyAttribute => {
    const attribute = attributes.find(({ name }) => name === AttributeName);
    if (attribute) return attribute;
    throw invalid(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${elements.map((one) => one.AttributeName).join(", ")}], AttributeDefinitions: [${attributes.map(({ name }) => name).join(", ")}]`,
    );
  };
  return { hash: find(first), ...(second && { range: find(second) }) };
}

export function indexDefinition(
  input: IndexInput,
  attributes: readonly KeyAttribute[],
  rest: Pick<IndexDefinition, "id" | "isGlobal" | "status" | "createdAt">,
): IndexDefinition {
  const { ProjectionType, NonKeyAttributes } = input.Projection ?? {};
  if (ProjectionType === undefined) throw invalid("Unknown ProjectionType: null");
  if (ProjectionType === "INCLUDE" && !NonKeyAttributes) {
    throw invalid("NonKeyAttributes must be specified when ProjectionType is INCLUDE");
  }
  if (ProjectionType !== "INCLUDE" && NonKeyAttributes) {
    throw invalid(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`);
  }
  return {
    ...rest,
    name: input.IndexName,
    key: keySchema(input.KeySchema, attributes),
    projection: { ProjectionType, ...(NonKeyAttributes && { NonKeyAttributes }) },
    ...(input.ProvisionedThroughput && { throughput: input.ProvisionedThroughput }),
    ...(input.OnDemandThroughput && { onDemandThroughput: input.OnDemandThroughput }),
  };
}

/** Throws AWS's error for attributes that are defined and part of no key. */
export function refuseUnusedAttributes(attributes: readonly KeyAttribute[], keys: readonly KeySchema[]): void {
  const used = new Set(keys.flatMap(({ hash, range }) => (range ? [hash.name, range.name] : [hash.name])));
  if (attributes.every(({ name }) => used.has(name))) return;
  throw invalid(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${attributes.map(({ name }) => name).join(", ")}], keys used: [${[...used].join(", ")}]`,
  );
}

/** Throws AWS's error unless throughput is given exactly where the billing mode has one. */
export function checkThroughput(billing: string, throughput: Throughput | undefined, what = ""): void {
  if (billing === "PROVISIONED" && !throughput) {
    throw invalid(
      `ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED${what}`,
    );
  }
  if (billing === "PAY_PER_REQUEST" && throughput) {
    throw invalid(
      `Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST${what}`,
    );
  }
}

export const NO_THROUGHPUT: Throughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
