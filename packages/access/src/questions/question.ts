import type { Lookup } from "../policy/pattern.ts";

/** What a call has to be allowed to do. */
export interface Question {
  /** Such as `lambda:InvokeFunction`. */
  readonly action: string;
  /** The ways in which AWS writes the resource's ARN, the one it shows first; `*` for an action that has none. */
  readonly resources: readonly [string, ...string[]];
  /** Whose resource it is. */
  readonly accountId: string;
  /** The function that it is about. */
  readonly target?: FunctionTarget;
  /** The function's resource policy has a say. */
  readonly asksResource?: boolean;
  /** The role that is to be assumed: its trust policy has to allow it. */
  readonly RoleName?: string;
  /** Values of condition keys that belong to this action alone, such as `lambda:principal`. */
  readonly keys?: Lookup;
}

export interface FunctionTarget {
  readonly FunctionName: string;
  readonly Qualifier: string | undefined;
}

export type Input = Readonly<Record<string, unknown>>;

export function textOf(input: Input, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}

/** Keys and values of tags, given as a map (Lambda, Logs) or as a list (IAM). */
export function tagsOf(input: Input): Readonly<Record<string, string>> | undefined {
  const tags = input["Tags"] ?? input["tags"];
  if (Array.isArray(tags)) {
    return Object.fromEntries((tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
  }
  return typeof tags === "object" && tags !== null ? (tags as Record<string, string>) : undefined;
}
