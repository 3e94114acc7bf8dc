import { attachPolicy } from "../attachedPolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const attachUserPolicy = attachPolicy(userHolder);
