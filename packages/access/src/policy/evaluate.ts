import type { Policy, PolicyRequest } from "./policy.ts";
import type { Who } from "./principal.ts";

/** The result of all policies together. An explicit `deny` beats every `allow`; `none` means that no statement applies. */
export interface Verdict {
  readonly effect: "allow" | "deny" | "none";
  /** The result depends on more than caller, action and resource, such as the time or the address of the caller. */
  readonly conditional: boolean;
}

/** Evaluates the policies of an identity. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html */
export function evaluateIdentity(policies: readonly Policy[], request: PolicyRequest): Verdict {
  let effect: Verdict["effect"] = "none";
  let conditional = false;
  for (const policy of policies) {
    for (const statement of policy) {
      const isAbout = statement.isAbout(request);
      conditional ||= statement.variable || (isAbout && statement.conditional);
      if (!isAbout || !statement.holds(request.lookup)) continue;
      if (statement.effect === "Deny")
        return { effect: "deny", conditional: statement.variable || statement.conditional };
      effect = "allow";
    }
  }
  return { effect, conditional };
}

export interface ResourceVerdict extends Verdict {
  /** Whether the statement that allows it names the caller itself, or only the caller's account. */
  readonly by?: "direct" | "account";
}

/** Evaluates the policies of a resource, or the trust policy of a role. */
export function evaluateResource(policies: readonly Policy[], who: Who, request: PolicyRequest): ResourceVerdict {
  let by: "direct" | "account" | undefined;
  let conditional = false;
  for (const statement of policies.flat()) {
    const meaning = statement.means(who);
    const isAbout = meaning !== undefined && statement.isAbout(request);
    conditional ||= statement.variable || (isAbout && statement.conditional);
    if (!isAbout || !statement.holds(request.lookup)) continue;
    if (statement.effect === "Deny")
      return { effect: "deny", conditional: statement.variable || statement.conditional };
    if (by !== "direct") by = meaning;
  }
  return by ? { effect: "allow", by, conditional } : { effect: "none", conditional };
}
