import { createHash } from "node:crypto";
import type { IamPolicyStore, PolicyRecord } from "@hearth/store";
import { InvalidInput, policyNotFound } from "./iamErrors.ts";

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

/** A policy that AWS manages, of those whose document is known here. */
export interface AwsManagedPolicy {
  readonly Arn: string;
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Path: string;
  readonly Document: string;
}

const LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/** Path and name ─▶ actions on every resource. https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "/service-role/AWSLambdaBasicExecutionRole": LOGS,
  "/service-role/AWSLambdaSQSQueueExecutionRole": [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...LOGS,
  ],
  "/service-role/AWSLambdaKinesisExecutionRole": [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
    ...LOGS,
  ],
  "/service-role/AWSLambdaDynamoDBExecutionRole": [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    ...LOGS,
  ],
  "/service-role/AWSLambdaVPCAccessExecutionRole": [
    ...LOGS,
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  "/service-role/AWSLambdaRole": ["lambda:InvokeFunction"],
  "/AWSXRayDaemonWriteAccess": [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
  ],
  "/AdministratorAccess": ["*"],
};

export const AWS_MANAGED_POLICIES: readonly AwsManagedPolicy[] = Object.entries(KNOWN)
  .map(([name, Action]) => {
    const slash = name.lastIndexOf("/") + 1;
    const id = createHash("sha256").update(name).digest("hex").toUpperCase().slice(0, 17);
    return {
      Arn: `arn:aws:iam::aws:policy${name}`,
      PolicyName: name.slice(slash),
      PolicyId: `ANPA${id}`,
      Path: name.slice(0, slash),
      Document: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] }),
    };
  })
  .sort((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));

/** Throws NoSuchEntity when its document is not known here, though it can be attached. */
export function findAwsManaged(PolicyArn: string): AwsManagedPolicy {
  const policy = AWS_MANAGED_POLICIES.find(({ Arn }) => Arn === PolicyArn);
  if (!policy) throw policyNotFound(PolicyArn);
  return policy;
}
