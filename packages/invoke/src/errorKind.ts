import type { Outcome } from "@hearth/model";

/** Why an invocation failed. A function chooses the types of its own errors, so metrics tell only these apart. */
export const ERROR_KINDS = ["function", "timeout", "exit", "outOfMemory", "response", "platform"] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

const KINDS: Readonly<Record<string, ErrorKind>> = {
  "Runtime.ExitError": "exit",
  "Runtime.OutOfMemory": "outOfMemory",
  "Function.ResponseSizeTooLarge": "response",
  "Runtime.TruncatedResponse": "response",
};

export function errorKindOf(outcome: Exclude<Outcome, { readonly kind: "success" }>): ErrorKind {
  if (outcome.kind === "timedOut") return "timeout";
  return Object.hasOwn(KINDS, outcome.errorType) ? (KINDS[outcome.errorType] as ErrorKind) : "function";
}
