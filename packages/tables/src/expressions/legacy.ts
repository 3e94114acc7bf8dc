import { ValidationException } from "@hearth/model";
import type { AttributeValue } from "../attributeValue.ts";
import { checkValue } from "../checkValue.ts";
import type { Comparator, Condition, Operand, Path, Update } from "./ast.ts";

// Parameters from before there were expressions, as conditions and updates. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html

export interface LegacyCondition {
  readonly ComparisonOperator?: string | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

export interface LegacyExpected extends LegacyCondition {
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
}

export interface LegacyUpdate {
  readonly Value?: AttributeValue | undefined;
  readonly Action?: string | undefined;
}

type Joint = "AND" | "OR";

export function expectedCondition(expected: Readonly<Record<string, LegacyExpected>>, joint: Joint = "AND"): Condition {
  return joined(
    Object.entries(expected).map(([name, { Value, Exists, ...rest }]) => {
      if (rest.ComparisonOperator !== undefined) return comparison(name, rest);
      if (Exists === false) {
        if (Value)
          throw new ValidationException(
            `One or more parameter values were invalid: Value cannot be used when Exists is set to false for Attribute: ${name}`,
          );
        return { kind: "exists", path: [name], isNegated: true } as const;
      }
      if (!Value) {
        throw new ValidationException(
          `One or more parameter values were invalid: Value must be provided when Exists is ${Exists === undefined ? "null" : "true"} for Attribute: ${name}`,
        );
      }
      return { kind: "compare", by: "=", left: at(name), right: value(Value) } as const;
    }),
    joint,
  );
}

export function filterCondition(filter: Readonly<Record<string, LegacyCondition>>, joint: Joint = "AND"): Condition {
  return joined(
    Object.entries(filter).map(([name, condition]) => comparison(name, condition)),
    joint,
  );
}

export function attributeUpdates(updates: Readonly<Record<string, LegacyUpdate>>): Update {
  const update = {
    set: [] as Update["set"][number][],
    remove: [] as Path[],
    add: [] as Update["add"][number][],
    delete: [] as Update["add"][number][],
  };
  for (const [name, { Value, Action = "PUT" }] of Object.entries(updates)) {
    const path: Path = [name];
    const given = Value && checkValue(Value);
    if (Action === "DELETE") {
      if (given) update.delete.push({ path, value: given });
      else update.remove.push(path);
      continue;
    }
    if (!given) {
      throw new ValidationException(
        `One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified`,
      );
    }
    if (Action === "PUT") update.set.push({ path, value: { kind: "value", value: given } });
    else if (given.L) update.set.push({ path, value: appended(path, given) });
    else update.add.push({ path, value: given });
  }
  return update;
}

function appended(path: Path, given: AttributeValue): Update["set"][number]["value"] {
  const present = { kind: "ifNotExists", path, otherwise: { kind: "value", value: { L: [] } } } as const;
  return { kind: "listAppend", left: present, right: { kind: "value", value: given } };
}

/** As many as an expression can have; they are evaluated by recursion. */
const MAX_CONDITIONS = 300;
const MAX_IN = 100;

function joined(conditions: readonly Condition[], joint: Joint): Condition {
  const [first, ...rest] = conditions;
  if (!first) throw new ValidationException("One or more parameter values were invalid: a list of conditions is empty");
  if (conditions.length > MAX_CONDITIONS) {
    throw new ValidationException(
      `One or more parameter values were invalid: a request can have at most ${MAX_CONDITIONS} conditions`,
    );
  }
  const kind = joint === "OR" ? "or" : "and";
  return rest.reduce<Condition>((left, right) => ({ kind, left, right }), first);
}

function at(name: string): Operand {
  return { kind: "path", path: [name] };
}

function value(given: AttributeValue): Operand {
  return { kind: "value", value: checkValue(given) };
}

const COMPARED: Readonly<Record<string, Comparator>> = { EQ: "=", NE: "<>", LT: "<", LE: "<=", GT: ">", GE: ">=" };
const COUNTS: Readonly<Record<string, number>> = {
  ...{ EQ: 1, NE: 1, LT: 1, LE: 1, GT: 1, GE: 1, BEGINS_WITH: 1, CONTAINS: 1, NOT_CONTAINS: 1 },
  ...{ BETWEEN: 2, NULL: 0, NOT_NULL: 0 },
};

function comparison(
  name: string,
  { ComparisonOperator = "", AttributeValueList: list = [] }: LegacyCondition,
): Condition {
  const count = COUNTS[ComparisonOperator];
  if (ComparisonOperator !== "IN" && count === undefined) {
    throw new ValidationException(
      `1 validation error detected: Value '${ComparisonOperator.slice(0, 255)}' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [NULL, CONTAINS, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, IN]`,
    );
  }
  if (ComparisonOperator === "IN" ? list.length === 0 || list.length > MAX_IN : list.length !== count) {
    throw new ValidationException(
      `One or more parameter values were invalid: Invalid number of argument(s) for the ${ComparisonOperator} ComparisonOperator`,
    );
  }
  const operands = list.map(value);
  const [first, second] = operands as [Operand, Operand];
  const of = at(name);
  const path: Path = [name];
  const by = COMPARED[ComparisonOperator];
  if (by) return { kind: "compare", by, left: of, right: first };
  switch (ComparisonOperator) {
    case "IN":
      return { kind: "in", of, list: operands };
    case "BETWEEN":
      return { kind: "between", of, from: first, to: second };
    case "NULL":
      return { kind: "exists", path, isNegated: true };
    case "NOT_NULL":
      return { kind: "exists", path, isNegated: false };
    case "BEGINS_WITH":
      return { kind: "beginsWith", of, what: first };
    case "CONTAINS":
      return { kind: "contains", of, what: first };
    default: {
      // An attribute that is absent neither contains nor lacks anything.
      const exists: Condition = { kind: "exists", path, isNegated: false };
      return { kind: "and", left: exists, right: { kind: "not", of: { kind: "contains", of, what: first } } };
    }
  }
}
