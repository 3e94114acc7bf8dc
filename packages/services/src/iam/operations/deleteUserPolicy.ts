import { deleteInlinePolicy } from "../inlinePolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const deleteUserPolicy = deleteInlinePolicy(userHolder);
