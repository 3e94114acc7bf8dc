import { ResourceNotFoundException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";
import type { Target } from "../functions/targetOf.ts";

/** The answer of GetPolicy and GetResourcePolicy. Rejects with ResourceNotFoundException, in the same words whether the policy or the function is missing. */
export async function policyAnswer(
  { key, Qualifier }: Target,
  { policies }: Pick<ApiDeps, "policies">,
): Promise<{ readonly Policy: string; readonly RevisionId: string }> {
  const policy = await policies.find(key, Qualifier);
  if (!policy) throw new ResourceNotFoundException("The resource you requested does not exist.");
  return { Policy: JSON.stringify(policy.document), RevisionId: policy.RevisionId };
}
