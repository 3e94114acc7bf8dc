import { listInlinePolicies } from "../inlinePolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const listUserPolicies = listInlinePolicies(userHolder);
