import { awsManagedPolicy } from "@hearth/access";
import type { AccountRegion } from "@hearth/model";
import type { IamPolicyStore } from "@hearth/store";
import { awsBoundaryNotKnown, NoSuchEntity } from "./errors.ts";
import { findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";

/** Rejects with NoSuchEntity unless this policy can be a boundary: one of the account, or one of AWS's that Hearth knows. */
export async function checkBoundary(
  policies: Pick<IamPolicyStore, "find">,
  where: AccountRegion,
  PolicyArn: string | undefined,
): Promise<void> {
  if (PolicyArn === undefined) return;
  if (isAwsManaged(PolicyArn, where)) {
    if (!awsManagedPolicy(PolicyArn)) throw awsBoundaryNotKnown(PolicyArn);
    return;
  }
  try {
    await findOwnPolicy(policies, where, PolicyArn);
  } catch (error) {
    if (!(error instanceof NoSuchEntity)) throw error;
    throw new NoSuchEntity(`Scope ARN: ${PolicyArn} does not exist or is not attachable.`);
  }
}
