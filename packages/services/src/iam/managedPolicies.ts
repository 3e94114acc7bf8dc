import { AWS_MANAGED_POLICIES, type AwsManagedPolicy } from "@hearth/access";
import type { IamPolicyStore, PolicyRecord } from "@hearth/store";
import { InvalidInput, policyNotFound } from "./errors.ts";

const ARN = /^arn:aws:iam::(aws|\d{12}):policy(\/(?:.+\/)?)([\w+=,.@-]{1,128})$/;

interface PolicyArnParts {
  /** 12 digits, or `aws` for those that are in every account. */
  readonly owner: string;
  /** Begins and ends with a slash. */
  readonly Path: string;
  readonly PolicyName: string;
}

/** Takes the ARN of a managed policy apart. Throws InvalidInput when it is none. */
function parsePolicyArn(PolicyArn: string): PolicyArnParts {
  const [, owner, Path, PolicyName] = ARN.exec(PolicyArn) ?? [];
  if (owner === undefined || Path === undefined || PolicyName === undefined) {
    throw new InvalidInput(`ARN ${PolicyArn} is not valid.`);
  }
  return { owner, Path, PolicyName };
}

export function isAwsManaged(PolicyArn: string): boolean {
  return parsePolicyArn(PolicyArn).owner === "aws";
}

/** A policy of the account itself. Rejects with NoSuchEntity when there is none with this very ARN. */
export async function findOwnPolicy(
  policies: Pick<IamPolicyStore, "find">,
  accountId: string,
  PolicyArn: string,
): Promise<PolicyRecord> {
  const { owner, Path, PolicyName } = parsePolicyArn(PolicyArn);
  const policy = owner === accountId ? await policies.find({ accountId, PolicyName }) : undefined;
  if (policy?.Path !== Path) throw policyNotFound(PolicyArn);
  return policy;
}

/** Throws NoSuchEntity when its document is not known here, though it can be attached. */
export function findAwsManaged(PolicyArn: string): AwsManagedPolicy {
  const policy = AWS_MANAGED_POLICIES.find(({ Arn }) => Arn === PolicyArn);
  if (!policy) throw policyNotFound(PolicyArn);
  return policy;
}
