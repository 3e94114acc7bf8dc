import { ResourceNotFoundException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";
import type { Target } from "../functions/targetOf.ts";

/** The answer of GetPolicy and GetResourcePolicy. Rejects with ResourceNotFoundException. */
export async function policyAnswer(
  { key, Qualifier }: Target,
  { policies, functions }: Pick<ApiDeps, "policies" | "functions">,
): Promise<{ readonly Policy: string; readonly RevisionId: string }> {
  const policy = await policies.find(key, Qualifier);
  if (!policy) {
    await functions.get(key, Qualifier);
    throw new ResourceNotFoundException("The resource you requested does not exist.");
  }
  return { Policy: JSON.stringify(policy.document), RevisionId: policy.RevisionId };
}
