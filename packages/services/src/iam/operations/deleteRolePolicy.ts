import { deleteInlinePolicy } from "../inlinePolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const deleteRolePolicy = deleteInlinePolicy(roleHolder);
