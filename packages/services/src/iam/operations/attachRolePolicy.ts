import { attachPolicy } from "../attachedPolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const attachRolePolicy = attachPolicy(roleHolder);
