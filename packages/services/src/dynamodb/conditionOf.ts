import { ValidationException } from "@hearth/model";
import {
  type Condition,
  ConditionalCheckFailedException,
  emptyItem,
  expectedCondition,
  fulfils,
  type Item,
  type LegacyExpected,
  Parser,
  Placeholders,
} from "@hearth/tables";

export interface ConditionInput {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
  readonly Expected?: Readonly<Record<string, LegacyExpected>> | undefined;
  readonly ConditionalOperator?: "AND" | "OR" | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE" | undefined;
}

export function placeholdersOf(input: ConditionInput): Placeholders {
  return new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
}

/** The condition of a write, in either of its forms. Throws AWS's error. */
export function conditionOf(input: ConditionInput, placeholders: Placeholders): Condition | undefined {
  const { ConditionExpression, Expected, ConditionalOperator } = input;
  if (ConditionExpression !== undefined)
    return new Parser(ConditionExpression, "ConditionExpression", placeholders).condition();
  if (Expected === undefined) {
    if (ConditionalOperator !== undefined) {
      throw new ValidationException(
        "One or more parameter values were invalid: ConditionalOperator cannot be used without Filter or Expected",
      );
    }
    return undefined;
  }
  return Object.keys(Expected).length === 0 ? undefined : expectedCondition(Expected, ConditionalOperator);
}

/** Throws AWS's error unless the item fulfils the condition. */
export function require(condition: Condition | undefined, before: Item | undefined, input: ConditionInput): void {
  if (!condition || fulfils(before ?? emptyItem(), condition)) return;
  throw new ConditionalCheckFailedException(
    input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" ? before : undefined,
  );
}

/** Throws AWS's error for a put or delete that asks for what only an update has. */
export function refuseNewValues(asked: string | undefined): void {
  if (asked === undefined || asked === "NONE" || asked === "ALL_OLD") return;
  throw new ValidationException("ReturnValues can only be ALL_OLD or NONE");
}

/** Throws AWS's error for a request that mixes expressions with the parameters from before there were expressions. */
export function refuseMixed(input: Readonly<Record<string, unknown>>): void {
  if (!LEGACY.some((name) => input[name] !== undefined)) return; // as nearly all requests
  const given = (names: readonly string[]): readonly string[] => names.filter((name) => input[name] !== undefined);
  const legacy = given(LEGACY);
  const expressions = given(EXPRESSIONS);
  if (expressions.length === 0) return;
  throw new ValidationException(
    `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${legacy.join(", ")}} Expression parameters: {${expressions.join(", ")}}`,
  );
}

const LEGACY = [
  ...["AttributesToGet", "AttributeUpdates", "Expected", "ConditionalOperator"],
  ...["KeyConditions", "QueryFilter", "ScanFilter"],
];
const EXPRESSIONS = [
  ...["UpdateExpression", "ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression"],
];
