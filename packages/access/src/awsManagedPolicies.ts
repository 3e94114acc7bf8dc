import { createHash } from "node:crypto";
import { type Partition, PARTITIONS } from "@hearth/model";

/** A policy that AWS manages, of those whose document is known here. */
export interface AwsManagedPolicy {
  readonly Arn: string;
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Path: string;
  readonly Document: string;
}

const LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

const LAMBDA_CONSOLE = [
  "cloudformation:DescribeStacks",
  "cloudformation:ListStackResources",
  "cloudwatch:ListMetrics",
  "cloudwatch:GetMetricData",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
  "kms:ListAliases",
  "iam:GetPolicy",
  "iam:GetPolicyVersion",
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:ListRolePolicies",
  "iam:ListRoles",
  "logs:DescribeLogGroups",
  "states:DescribeStateMachine",
  "states:ListStateMachines",
  "tag:GetResources",
  "xray:GetTraceSummaries",
  "xray:BatchGetTraces",
];

type KnownStatement = Readonly<Record<string, unknown>>;
const onAnything = (...Action: readonly string[]): KnownStatement => ({ Effect: "Allow", Action, Resource: "*" });
const functionLogs = (partition: string): KnownStatement => ({
  Effect: "Allow",
  Action: [
    "logs:DescribeLogStreams",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
    "logs:StartLiveTail",
    "logs:StopLiveTail",
  ],
  Resource: `arn:${partition}:logs:*:*:log-group:/aws/lambda/*`,
});

/** Those whose statements are more than a list of actions. */
const withStatements = (partition: string): Readonly<Record<string, readonly KnownStatement[]>> => ({
  "/AWSLambda_FullAccess": [
    onAnything(...LAMBDA_CONSOLE, "lambda:*"),
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "*",
      Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
    },
    functionLogs(partition),
  ],
  "/AWSLambda_ReadOnlyAccess": [onAnything(...LAMBDA_CONSOLE, "lambda:Get*", "lambda:List*"), functionLogs(partition)],
  "/PowerUserAccess": [
    { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
    onAnything(
      "account:GetAccountInformation",
      "account:GetPrimaryEmail",
      "account:ListRegions",
      "iam:CreateServiceLinkedRole",
      "iam:DeleteServiceLinkedRole",
      "iam:ListRoles",
      "organizations:DescribeOrganization",
    ),
  ],
});

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
  "/IAMFullAccess": ["iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization"],
  "/IAMReadOnlyAccess": [
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
  ],
  "/CloudWatchLogsFullAccess": ["logs:*", "cloudwatch:GenerateQuery"],
  "/CloudWatchLogsReadOnlyAccess": [
    "logs:Describe*",
    "logs:Get*",
    "logs:List*",
    "logs:StartQuery",
    "logs:StopQuery",
    "logs:TestMetricFilter",
    "logs:FilterLogEvents",
    "logs:StartLiveTail",
    "logs:StopLiveTail",
  ],
};

function policiesOf(partition: string): readonly AwsManagedPolicy[] {
  const statements: readonly (readonly [string, readonly KnownStatement[]])[] = [
    ...Object.entries(KNOWN).map(([name, actions]) => [name, [onAnything(...actions)]] as const),
    ...Object.entries(withStatements(partition)),
  ];
  const policies = statements.map(([name, Statement]) => {
    const slash = name.lastIndexOf("/") + 1;
    const id = createHash("sha256").update(name).digest("hex").toUpperCase().slice(0, 17);
    return {
      Arn: `arn:${partition}:iam::aws:policy${name}`,
      PolicyName: name.slice(slash),
      PolicyId: `ANPA${id}`,
      Path: name.slice(0, slash),
      Document: JSON.stringify({ Version: "2012-10-17", Statement }),
    };
  });
  return policies.toSorted((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));
}

const BY_PARTITION = new Map(PARTITIONS.map((partition) => [partition, policiesOf(partition)] as const));
const BY_ARN: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  [...BY_PARTITION.values()].flatMap((policies) => policies.map((policy) => [policy.Arn, policy])),
);

/** Those of a partition, by name. */
export function awsManagedPolicies(partition: Partition): readonly AwsManagedPolicy[] {
  return BY_PARTITION.get(partition) ?? [];
}

/** The policy with this ARN, of whatever partition. */
export function awsManagedPolicy(Arn: string): AwsManagedPolicy | undefined {
  return BY_ARN.get(Arn);
}
