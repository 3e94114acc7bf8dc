import { type AwsManagedPolicy, awsManagedPolicy } from "@hearth/access";
import { type AccountRegion, partitionOf } from "@hearth/model";
import type { IamPolicyStore, PolicyRecord } from "@hearth/store";
import { awsPolicyNotKnown, InvalidInput, policyNotFound } from "./errors.ts";

const ARN = /^arn:(aws[a-z-]*):iam::(aws|\d{12}):policy(\/(?:.+\/)?)([\w+=,.@-]{1,128})$/;

interface PolicyArnParts {
  /** 12 digits, or `aws` for those that are in every account. */
  readonly owner: string;
  /** Begins and ends with a slash. */
  readonly Path: string;
  readonly PolicyName: string;
}

/** Parses the ARN of a managed policy. Throws InvalidInput for any other text, and for an ARN of another partition. */
function parsePolicyArn(PolicyArn: string, region: string): PolicyArnParts {
  const [, partition, owner, Path, PolicyName] = ARN.exec(PolicyArn) ?? [];
  if (partition !== partitionOf(region) || owner === undefined || Path === undefined || PolicyName === undefined) {
    throw new InvalidInput(`ARN ${PolicyArn} is not valid.`);
  }
  return { owner, Path, PolicyName };
}

export function isAwsManaged(PolicyArn: string, { region }: Pick<AccountRegion, "region">): boolean {
  return parsePolicyArn(PolicyArn, region).owner === "aws";
}

/** A policy of the account itself. Rejects with NoSuchEntity when no policy has exactly this ARN. */
export async function findOwnPolicy(
  policies: Pick<IamPolicyStore, "find">,
  { accountId, region }: AccountRegion,
  PolicyArn: string,
): Promise<PolicyRecord> {
  const { owner, Path, PolicyName } = parsePolicyArn(PolicyArn, region);
  const policy = owner === accountId ? await policies.find({ accountId, PolicyName }) : undefined;
  if (policy?.Path !== Path) throw policyNotFound(PolicyArn);
  return policy;
}

/** Throws NoSuchEntity for a policy of AWS whose document Hearth does not have: if attached, it would neither allow nor deny anything. */
export function findAwsManaged(PolicyArn: string): AwsManagedPolicy {
  const policy = awsManagedPolicy(PolicyArn);
  if (!policy) throw awsPolicyNotKnown(PolicyArn);
  return policy;
}
