import { ValidationException } from "@hearth/model";
import { ATTRIBUTE_TYPES, type AttributeType, type AttributeValue, emptyItem, type Item } from "./attributeValue.ts";
import { canonicalNumber } from "./decimal.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_DEPTH = 32;

/** A value as DynamoDB keeps it: numbers in their canonical form. Throws AWS's error for one that it does not take. */
export function checkValue(value: AttributeValue, depth = 1): AttributeValue {
  if (depth > MAX_DEPTH) {
    throw new ValidationException(
      "Nesting Levels have exceeded supported limits: Attributes can be nested up to 32 levels deep",
    );
  }
  const [name, ...others] = Object.keys(value);
  const check = name === undefined || others.length > 0 ? undefined : CHECK_OF.get(name);
  if (check && value[name as AttributeType] !== undefined) return check(value, depth);
  const types = ATTRIBUTE_TYPES.filter((type) => value[type] !== undefined);
  const [type] = types;
  if (type === undefined) {
    throw new ValidationException(
      "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    );
  }
  if (types.length > 1) {
    throw new ValidationException(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  }
  return CHECKS[type](value, depth);
}

/** All attributes of an item, checked. */
export function checkItem(item: Item): Record<string, AttributeValue> {
  const checked = emptyItem();
  for (const name of Object.keys(item)) checked[name] = checkValue(item[name] as AttributeValue);
  return checked;
}

const same = (value: AttributeValue): AttributeValue => value;

type Check = (value: AttributeValue, depth: number) => AttributeValue;

const CHECKS: Readonly<Record<AttributeType, Check>> = {
  S: same,
  B: same,
  BOOL: same,
  NULL: ({ NULL }) => {
    if (!NULL)
      throw new ValidationException(
        "One or more parameter values were invalid: Null attribute value types must have the value of true",
      );
    return { NULL: true };
  },
  N: ({ N = "" }) => ({ N: canonicalNumber(N) }),
  SS: ({ SS = [] }) => ({ SS: unique(SS, "string", SS) }),
  NS: ({ NS = [] }) => {
    const numbers = NS.map(canonicalNumber);
    return { NS: unique(numbers, "number", numbers) };
  },
  BS: ({ BS = [] }) => ({
    BS: unique(
      BS.map((bytes) => Buffer.from(bytes).toString("base64")),
      "binary",
      BS,
    ),
  }),
  L: ({ L = [] }, depth) => ({ L: L.map((value) => checkValue(value, depth + 1)) }),
  M: ({ M = {} }, depth) => {
    const checked = emptyItem();
    for (const [name, value] of Object.entries(M)) checked[name] = checkValue(value, depth + 1);
    return { M: checked };
  },
};

const CHECK_OF: ReadonlyMap<string, Check> = new Map(Object.entries(CHECKS));

/** The members of a set. Throws AWS's error when it is empty, or has one twice. */
function unique<Member>(keys: readonly string[], kind: string, members: readonly Member[]): readonly Member[] {
  if (keys.length === 0) {
    throw new ValidationException(`One or more parameter values were invalid: An ${kind} set  may not be empty`);
  }
  if (new Set(keys).size < keys.length) {
    throw new ValidationException(
      `One or more parameter values were invalid: Input collection [${keys.join(", ").slice(0, 1_000)}] contains duplicates.`,
    );
  }
  return members;
}
