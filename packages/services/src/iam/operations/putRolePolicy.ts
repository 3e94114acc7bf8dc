import { putInlinePolicy } from "../inlinePolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const putRolePolicy = putInlinePolicy(roleHolder);
