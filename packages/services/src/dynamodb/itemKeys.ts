import type { Input, Lookup } from "@hearth/access";
import { ValidationException } from "@hearth/model";
import {
  type AttributeValue,
  canonicalNumber,
  filterCondition,
  type Item,
  type LegacyCondition,
  namesIn,
  Parser,
  Placeholders,
  toKeyCondition,
} from "@hearth/tables";

/** The attributes of the key of a table, or of the index that a request names. */
export interface AskedKey {
  readonly hash: string;
  readonly range?: string | undefined;
}

/**
 * The values of DynamoDB's condition keys for the parts of a request that are about one table. A part that is not as the operation wants it has no values: the
 * operation refuses it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function itemKeys(action: string, parts: readonly Input[], key: AskedKey | undefined): Lookup {
  const all = (of: (part: Input) => readonly string[]): readonly string[] | undefined => {
    const found = [...new Set(parts.flatMap(of))];
    return found.length > 0 ? found : undefined;
  };
  return (name) => {
    switch (name) {
      case "dynamodb:leadingkeys":
        return key && all((part) => leadingKeys(part, key));
      case "dynamodb:attributes":
        return all(attributesOf);
      case "dynamodb:select":
        return READS.has(action) ? all((part) => [selectOf(part)]) : undefined;
      case "dynamodb:returnvalues":
        return WRITES.has(action) ? all(({ ReturnValues = "NONE" }) => [String(ReturnValues)]) : undefined;
      case "dynamodb:returnconsumedcapacity":
        return all(({ ReturnConsumedCapacity: asked }) => (typeof asked === "string" ? [asked] : []));
      default:
        return undefined;
    }
  };
}

const READS: ReadonlySet<string> = new Set(
  ["BatchGetItem", "GetItem", "Query", "Scan"].map((one) => `dynamodb:${one}`),
);
const WRITES: ReadonlySet<string> = new Set(["DeleteItem", "PutItem", "UpdateItem"].map((one) => `dynamodb:${one}`));

/** The values of the partition keys that a part reads or writes. Scan has none. */
function leadingKeys(part: Input, { hash, range }: AskedKey): readonly string[] {
  const values = itemsOf(part).map((item) => item[hash]);
  if (part["KeyConditionExpression"] !== undefined || part["KeyConditions"] !== undefined) {
    values.push(unlessRefused(() => queriedKey(part, { hash, range })));
  }
  return values.flatMap((value) => (value ? (unlessRefused(() => shown(value)) ?? []) : []));
}

/** The items and keys of a part: of an operation on one item, and of both batches. */
function itemsOf({ Item: put, Key, Keys = [], Writes = [] }: Input): (Item | Readonly<Record<string, undefined>>)[] {
  const writes = (Writes as readonly { PutRequest?: { Item?: Item }; DeleteRequest?: { Key?: Item } }[]).flatMap(
    ({ PutRequest, DeleteRequest }) => [PutRequest?.Item, DeleteRequest?.Key],
  );
  return [put as Item | undefined, Key as Item | undefined, ...(Keys as readonly Item[]), ...writes].filter(
    (item) => item !== undefined,
  );
}

function queriedKey(part: Input, key: AskedKey): AttributeValue {
  const placeholders = new Placeholders(
    part["ExpressionAttributeNames"] as Readonly<Record<string, string>> | undefined,
    part["ExpressionAttributeValues"] as Item | undefined,
  );
  const expression = part["KeyConditionExpression"];
  const condition =
    typeof expression === "string"
      ? new Parser(expression, "KeyConditionExpression", placeholders).condition()
      : filterCondition((part["KeyConditions"] ?? {}) as Readonly<Record<string, LegacyCondition>>);
  return toKeyCondition(condition, { hash: key.hash, range: key.range }).hash;
}

function shown({ S, N, B }: AttributeValue): string {
  if (S !== undefined) return S;
  if (N !== undefined) return canonicalNumber(N);
  // A request that is passed on has bytes as the caller wrote them.
  return typeof B === "string" ? B : Buffer.from(B ?? []).toString("base64");
}

/** The names of all attributes that a part reads, writes or looks at. */
function attributesOf(part: Input): readonly string[] {
  const names = part["ExpressionAttributeNames"] as Readonly<Record<string, string>> | undefined;
  const ofExpressions = EXPRESSIONS.flatMap((member) => {
    const expression = part[member];
    return typeof expression === "string" ? (unlessRefused(() => namesIn(expression, member, names ?? {})) ?? []) : [];
  });
  const ofMaps = MAPS.flatMap((member) => Object.keys((part[member] ?? {}) as object));
  const listed = (part["AttributesToGet"] ?? []) as readonly string[];
  return [...itemsOf(part).flatMap(Object.keys), ...ofExpressions, ...ofMaps, ...listed];
}

const EXPRESSIONS = [
  ...(["ConditionExpression", "FilterExpression", "KeyConditionExpression"] as const),
  ...(["ProjectionExpression", "UpdateExpression"] as const),
];
/** The members from before there were expressions. */
const MAPS = ["AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"];

/** What a part asks for: also of operations that have no such member, as all attributes of an item are more than some. */
function selectOf({ Select, ProjectionExpression, AttributesToGet, IndexName }: Input): string {
  if (typeof Select === "string") return Select;
  if (ProjectionExpression !== undefined || AttributesToGet !== undefined) return "SPECIFIC_ATTRIBUTES";
  return IndexName === undefined ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES";
}

function unlessRefused<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ValidationException) return undefined;
    throw error;
  }
}
