import { listInlinePolicies } from "../inlinePolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const listRolePolicies = listInlinePolicies(roleHolder);
