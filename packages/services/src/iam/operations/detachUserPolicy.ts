import { detachPolicy } from "../attachedPolicies.ts";
import { userHolder } from "../policyHolder.ts";

export const detachUserPolicy = detachPolicy(userHolder);
