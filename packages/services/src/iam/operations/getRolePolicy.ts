import { getInlinePolicy } from "../inlinePolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const getRolePolicy = getInlinePolicy(roleHolder);
