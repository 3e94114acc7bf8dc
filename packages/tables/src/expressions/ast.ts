import type { AttributeValue } from "../attributeValue.ts";

/** Where a value lies in an item: the name of an attribute, then members of maps and places in lists. */
export type Path = readonly [string, ...(string | number)[]];

export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly value: AttributeValue }
  | { readonly kind: "size"; readonly path: Path };

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "compare"; readonly by: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "between"; readonly of: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: "in"; readonly of: Operand; readonly list: readonly Operand[] }
  | { readonly kind: "exists"; readonly path: Path; readonly isNegated: boolean }
  | { readonly kind: "type"; readonly path: Path; readonly type: string }
  | { readonly kind: "beginsWith" | "contains"; readonly of: Operand; readonly what: Operand };

/** What SET assigns. */
export type SetValue =
  | Operand
  | { readonly kind: "plus" | "minus"; readonly left: SetValue; readonly right: SetValue }
  | { readonly kind: "ifNotExists"; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: "listAppend"; readonly left: SetValue; readonly right: SetValue };

export interface Update {
  readonly set: readonly { readonly path: Path; readonly value: SetValue }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: AttributeValue }[];
  readonly delete: readonly { readonly path: Path; readonly value: AttributeValue }[];
}

/** `[a, b, [1]]`, as AWS's errors show a path. */
export function shownPath(path: Path): string {
  return `[${path.map((part) => (typeof part === "number" ? `[${part}]` : part)).join(", ")}]`;
}
