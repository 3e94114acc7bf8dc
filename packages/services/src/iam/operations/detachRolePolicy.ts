import { detachPolicy } from "../attachedPolicies.ts";
import { roleHolder } from "../policyHolder.ts";

export const detachRolePolicy = detachPolicy(roleHolder);
