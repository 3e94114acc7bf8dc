import { listAttachedPolicies } from "../attachedPolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const listAttachedUserPolicies = listAttachedPolicies(userHolder);
