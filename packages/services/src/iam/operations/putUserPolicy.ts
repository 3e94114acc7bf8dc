import { putInlinePolicy } from "../inlinePolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const putUserPolicy = putInlinePolicy(userHolder);
