import type { Wildcard } from "./wildcard.ts";

/** What one entry of a field's array asks of a value. Values are texts, numbers, true, false or null. */
export type ValueTest =
  | { readonly kind: "equals"; readonly value: string | number | boolean | null }
  | { readonly kind: "ignoreCase"; readonly folded: string }
  | { readonly kind: "prefix" | "suffix"; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: "wildcard"; readonly wildcard: Wildcard }
  | { readonly kind: "ip"; readonly family: 4 | 6; readonly first: bigint; readonly prefixLength: number }
  | { readonly kind: "range"; readonly range: NumberRange }
  | { readonly kind: "anythingBut"; readonly tests: readonly ValueTest[] }
  | { readonly kind: "exists"; readonly exists: boolean };

export interface NumberRange {
  readonly from: number;
  readonly openBelow: boolean;
  readonly to: number;
  readonly openAbove: boolean;
}

/** A field, and the tests of which one value of it must pass at least one. */
export interface FieldCondition {
  /** The names on the way to the field, joined by dots. A name that has dots itself is the same as a path. */
  readonly path: string;
  readonly tests: readonly ValueTest[];
}

/** Conditions that must all hold. A pattern matches when one of its branches does; without `$or` it has one. */
export type Branch = readonly FieldCondition[];

export interface EventPattern {
  readonly branches: readonly Branch[];
}

/** Lower case in the sense of `equals-ignore-case`. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}
