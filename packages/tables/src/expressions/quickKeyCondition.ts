import type { AttributeValue } from "../attributeValue.ts";
import type { KeySchema } from "../table.ts";
import type { KeyCondition, RangeCondition } from "./keyCondition.ts";
import type { Placeholders } from "./placeholders.ts";
import { RESERVED_WORDS } from "./reservedWords.ts";
import { type Token, tokensOf } from "./tokens.ts";

type By = Exclude<RangeCondition["by"], "between" | "beginsWith">;

/** `name by :value`. */
interface Part {
  /** An attribute's name, or a placeholder for it. */
  readonly name: string;
  readonly by: By;
  readonly value: string;
}

/** By the tokens of an expression, which are kept under its text; an empty list for one of another form. */
const known = new WeakMap<readonly Token[], readonly Part[]>();

/**
 * The key condition of an expression of the usual form, `hash = :a` or `hash = :a AND range < :b`, where everything about it is right. `undefined` for all others,
 * which `Parser` and `toKeyCondition` read, or say what is wrong with them.
 */
export function quickKeyCondition(
  expression: string,
  { hash, range }: KeySchema,
  placeholders: Placeholders,
): KeyCondition | undefined {
  const tokens = tokensOf(expression, "KeyConditionExpression");
  let parts = known.get(tokens);
  if (!parts) known.set(tokens, (parts = partsOf(tokens)));
  let hashValue: AttributeValue | undefined;
  let wanted: RangeCondition | undefined;
  for (const { name: given, by, value: placeholder } of parts) {
    const name = given.startsWith("#") ? placeholders.knownName(given) : given;
    const value = placeholders.knownValue(placeholder);
    if (name === hash.name) {
      if (hashValue || by !== "=" || value?.[hash.type] === undefined) return undefined;
      hashValue = value;
    } else {
      if (wanted || name === undefined || name !== range?.name || value?.[range.type] === undefined) return undefined;
      wanted = { by, value };
    }
  }
  return hashValue && (wanted ? { hash: hashValue, range: wanted } : { hash: hashValue });
}

function partsOf(tokens: readonly Token[]): readonly Part[] {
  const first = partAt(tokens, 0);
  if (!first) return [];
  if (tokens.length === 4) return [first];
  const joint = tokens[3];
  const second = joint?.type === "name" && joint.text.toUpperCase() === "AND" ? partAt(tokens, 4) : undefined;
  return second && tokens.length === 8 ? [first, second] : [];
}

const COMPARATORS: ReadonlySet<string> = new Set<By>(["=", "<", "<=", ">", ">="]);

function partAt(tokens: readonly Token[], at: number): Part | undefined {
  const [name, by, value] = tokens.slice(at, at + 3);
  if (name?.type !== "#name" && (name?.type !== "name" || RESERVED_WORDS.has(name.text.toUpperCase())))
    return undefined;
  if (by?.type !== "symbol" || !COMPARATORS.has(by.text) || value?.type !== ":value") return undefined;
  return { name: name.text, by: by.text as By, value: value.text };
}
