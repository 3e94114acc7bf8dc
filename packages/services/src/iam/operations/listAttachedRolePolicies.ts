import { listAttachedPolicies } from "../attachedPolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const listAttachedRolePolicies = listAttachedPolicies(roleHolder);
