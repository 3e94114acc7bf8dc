import { getInlinePolicy } from "../inlinePolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const getUserPolicy = getInlinePolicy(userHolder);
