import type { Principal } from "@hearth/model";
import type { Lookup } from "./policy/pattern.ts";

/** What a caller has to be allowed to do before a call is carried out. */
export interface Question {
  /** Such as `lambda:InvokeFunction`. */
  readonly action: string;
  /**
   * The resource's ARN in every form that AWS's documentation and policies use, the usual one first: error messages show it, and its resource
   * policies are looked up by it. `*` for an action that has no resource.
   */
  readonly resources: readonly [string, ...string[]];
  /** The account that owns the resource. */
  readonly accountId: string;
  /** The resource policies of the first resource take part in the decision. */
  readonly asksResource?: boolean;
  /** The role to be assumed: its trust policy has to allow it. */
  readonly RoleName?: string;
  /** The resource does not exist yet: it is not asked who owns it. */
  readonly isNew?: boolean;
  /** A refusal has no message, as AWS's. */
  readonly isRefusedSilently?: boolean;
  /** Values of condition keys that only this action has, such as `lambda:principal`. */
  readonly keys?: Lookup;
  /** The parts of the call's input that are about the first resource, for `Resources.keysOf`. */
  readonly parts?: readonly Input[];
}

export type Input = Readonly<Record<string, unknown>>;

/** A call whose questions a service is asked for. */
export interface AskedCall {
  /** AWS's name of the operation. */
  readonly operation: string;
  /** As its schema has read it. */
  readonly input: Input;
  /** The caller's account. */
  readonly accountId: string;
  readonly principal: Principal;
  /** The region that the request is signed for. */
  readonly region: string;
  /** The path of a user or role in the caller's account; `undefined` when it does not exist. */
  readonly pathOf: (kind: "user" | "role", name: string) => Promise<string | undefined>;
}

/**
 * All that a call has to be allowed to do; every question must be answered with yes. No question: every caller may do it. At once, without a
 * promise, where a service can: its calls are then authorised without waiting.
 */
export type Questions = (call: AskedCall) => readonly Question[] | Promise<readonly Question[]>;

export function textOf(input: Input, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}
