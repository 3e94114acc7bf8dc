import { expect, test } from "vitest";
import { awsManagedPolicies, awsManagedPolicy } from "./awsManagedPolicies.ts";
import { evaluateIdentity } from "./policy/evaluate.ts";
import { compilePolicy } from "./policy/policy.ts";

/** What the policy says about an action on a resource, when the request has these condition keys. */
function effectOf(name: string, action: string, resource = "*", keys: Readonly<Record<string, string>> = {}): string {
  const policy = awsManagedPolicy(`arn:aws:iam::aws:policy/${name}`);
  const lookup = (key: string): readonly string[] | undefined => (keys[key] === undefined ? undefined : [keys[key]]);
  return evaluateIdentity([compilePolicy(policy?.Document ?? "")], { action, resources: [resource], lookup }).effect;
}

test("every policy has a name, an id and an ARN of its own and a document that can be evaluated, in each partition", () => {
  for (const partition of ["aws", "aws-cn", "aws-us-gov"] as const) {
    const policies = awsManagedPolicies(partition);
    expect(policies.length).toBeGreaterThan(100);
    for (const key of ["Arn", "PolicyName", "PolicyId"] as const) {
      expect(new Set(policies.map((policy) => policy[key])).size).toBe(policies.length);
    }
    for (const { Arn, Document } of policies) {
      expect(Arn).toMatch(new RegExp(`^arn:${partition}:iam::aws:policy/`));
      expect(compilePolicy(Document).length, Arn).toBeGreaterThan(0);
      expect(Document).not.toMatch(new RegExp(`"arn:(?!${partition}:|\\*:)`));
    }
  }
});

test("a policy that Hearth does not know is not found", () => {
  expect(awsManagedPolicy("arn:aws:iam::aws:policy/AWSDenyNothingThatExists")).toBeUndefined();
  expect(awsManagedPolicy("arn:aws:iam::000000000000:policy/AWSDenyAll")).toBeUndefined();
});

test.each([
  ["AWSDenyAll", "sqs:SendMessage", "deny"],
  ["AdministratorAccess", "iam:CreateUser", "allow"],
  ["PowerUserAccess", "iam:CreateUser", "none"],
  ["PowerUserAccess", "dynamodb:PutItem", "allow"],
  ["IAMFullAccess", "iam:CreateUser", "allow"],
  ["IAMReadOnlyAccess", "iam:CreateUser", "none"],
  ["ReadOnlyAccess", "s3:GetObject", "allow"],
  ["ReadOnlyAccess", "lambda:GetFunction", "allow"],
  ["ReadOnlyAccess", "lambda:InvokeFunction", "none"],
  ["ReadOnlyAccess", "sqs:SendMessage", "none"],
  ["SecurityAudit", "lambda:GetPolicy", "allow"],
  ["SecurityAudit", "s3:GetObject", "none"],
  ["job-function/ViewOnlyAccess", "s3:ListAllMyBuckets", "allow"],
  ["job-function/ViewOnlyAccess", "dynamodb:GetItem", "none"],
  ["service-role/AWSLambdaBasicExecutionRole", "logs:PutLogEvents", "allow"],
  ["service-role/AWSLambdaSQSQueueExecutionRole", "sqs:DeleteMessage", "allow"],
  ["service-role/AWSLambdaKinesisExecutionRole", "kinesis:GetRecords", "allow"],
  ["service-role/AWSLambdaDynamoDBExecutionRole", "dynamodb:GetRecords", "allow"],
  ["service-role/AWSLambdaVPCAccessExecutionRole", "ec2:CreateNetworkInterface", "allow"],
  ["service-role/AWSLambdaMSKExecutionRole", "kafka:DescribeClusterV2", "allow"],
  ["AmazonSQSReadOnlyAccess", "sqs:SendMessage", "none"],
  ["AmazonSQSFullAccess", "sqs:SendMessage", "allow"],
  ["AmazonSNSFullAccess", "sns:Publish", "allow"],
  ["AmazonDynamoDBReadOnlyAccess", "dynamodb:Query", "allow"],
  ["AmazonDynamoDBReadOnlyAccess", "dynamodb:PutItem", "none"],
  ["AmazonEventBridgeFullAccess", "events:PutEvents", "allow"],
  ["AmazonKinesisReadOnlyAccess", "kinesis:PutRecord", "none"],
  ["AmazonSSMReadOnlyAccess", "ssm:GetParameter", "allow"],
  ["SecretsManagerReadWrite", "secretsmanager:GetSecretValue", "allow"],
  ["AWSXRayDaemonWriteAccess", "xray:PutTraceSegments", "allow"],
  ["CloudWatchLogsReadOnlyAccess", "logs:PutLogEvents", "none"],
])("%s with %s: %s", (name, action, effect) => {
  expect(effectOf(name, action)).toBe(effect);
});

test("statements are limited to their resources and conditions", () => {
  expect(effectOf("AWSLambdaExecute", "s3:GetObject", "arn:aws:s3:::bucket/key")).toBe("allow");
  expect(effectOf("AWSLambdaExecute", "s3:DeleteObject", "arn:aws:s3:::bucket/key")).toBe("none");
  const insights = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda-insights:*";
  expect(effectOf("CloudWatchLambdaInsightsExecutionRolePolicy", "logs:PutLogEvents", insights)).toBe("allow");
  expect(
    effectOf(
      "CloudWatchLambdaInsightsExecutionRolePolicy",
      "logs:PutLogEvents",
      insights.replace("-insights", "-others"),
    ),
  ).toBe("none");
  const role = "arn:aws:iam::000000000000:role/r";
  const passedTo = (service: string): string =>
    effectOf("AWSLambda_FullAccess", "iam:PassRole", role, { "iam:passedtoservice": service });
  expect([passedTo("lambda.amazonaws.com"), passedTo("ec2.amazonaws.com")]).toEqual(["allow", "none"]);
});
