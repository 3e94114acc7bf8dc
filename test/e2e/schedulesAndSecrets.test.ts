import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsCli,
  awsCli,
  awsEnvironment,
  noProgram,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ACCOUNT = "000000000000";
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:fired`;
const document = (more: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
const TRUST = document({ Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" });

/** What boto3 sees. It prints one line of JSON. */
const BOTO3 = `
import boto3, json, datetime
saw = {}
scheduler = boto3.client("scheduler")
role = "arn:aws:iam::${ACCOUNT}:role/scheduler"
now = datetime.datetime.now(datetime.timezone.utc)
scheduler.create_schedule_group(Name="boto", Tags=[{"Key": "a", "Value": "b"}])
scheduler.create_schedule(Name="one", GroupName="boto", ScheduleExpression="cron(0 8 ? * MON-FRI *)", ScheduleExpressionTimezone="Europe/Berlin",
    StartDate=now + datetime.timedelta(days=1), FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}, Target={"Arn": "${QUEUE}", "RoleArn": role, "Input": "x"})
got = scheduler.get_schedule(Name="one", GroupName="boto")
saw["got"] = [got["ScheduleExpressionTimezone"], got["FlexibleTimeWindow"], got["Target"]["RetryPolicy"], isinstance(got["StartDate"], datetime.datetime)]
saw["listed"] = [s["Name"] for page in scheduler.get_paginator("list_schedules").paginate(GroupName="boto") for s in page["Schedules"]]
def refused(call, name):
    try:
        call()
    except getattr(scheduler.exceptions, name) as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
saw["refused"] = [
    refused(lambda: scheduler.get_schedule(Name="none"), "ResourceNotFoundException"),
    refused(lambda: scheduler.create_schedule_group(Name="boto"), "ConflictException"),
    refused(lambda: scheduler.create_schedule(Name="two", ScheduleExpression="often", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": "${QUEUE}", "RoleArn": role}), "ValidationException"),
]
scheduler.delete_schedule_group(Name="boto")
ssm = boto3.client("ssm")
for name in ("/boto/a", "/boto/b", "/boto/deep/c"):
    ssm.put_parameter(Name=name, Value=name, Type="SecureString")
pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/boto", Recursive=True, WithDecryption=True, PaginationConfig={"PageSize": 2})
saw["parameters"] = [[p["Value"] for p in page["Parameters"]] for page in pages]
secrets = boto3.client("secretsmanager")
secrets.create_secret(Name="boto", SecretBinary=b"\\x00\\xff")
saw["secret"] = list(secrets.get_secret_value(SecretId="boto")["SecretBinary"])
secrets.delete_secret(SecretId="boto", ForceDeleteWithoutRecovery=True)
try:
    secrets.get_secret_value(SecretId="boto")
except secrets.exceptions.ResourceNotFoundException as error:
    saw["gone"] = error.response["Error"]["Message"]
print(json.dumps(saw))
`;

let hearth: RunningHearth;
let folder: string;
let aws: AwsCli;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-schedules-"));
  hearth = await startHearth();
  aws = await awsCli(hearth.clientConfig, folder);
});
afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The Python here may lack boto3. */
async function noBoto3(): Promise<string | undefined> {
  const missing = noProgram("python3");
  if (missing !== undefined) return missing;
  return (await runProgram("python3", ["-c", "import boto3"])).code === 0 ? undefined : "boto3 is not installed";
}

describe("the aws command", skipReason(noProgram("aws")), () => {
  test("keeps parameters and secrets", async () => {
    const put = ["put-parameter", "--name", "/app/password", "--type", "SecureString", "--value", "hidden"];
    await aws("ssm", ...put);
    const path = ["get-parameters-by-path", "--path", "/app", "--with-decryption", "--output", "text"];
    expect(await aws("ssm", ...path, "--query", "Parameters[].Value")).toBe("hidden\n");
    await aws("secretsmanager", "create-secret", "--name", "app/key", "--secret-string", "one");
    await aws("secretsmanager", "put-secret-value", "--secret-id", "app/key", "--secret-string", "two");
    const get = ["get-secret-value", "--secret-id", "app/key", "--query", "SecretString", "--output", "text"];
    expect(await aws("secretsmanager", ...get)).toBe("two\n");
    expect(await aws("secretsmanager", ...get, "--version-stage", "AWSPREVIOUS")).toBe("one\n");
    await aws("secretsmanager", "delete-secret", "--secret-id", "app/key");
  });

  test("creates a schedule that fires", async () => {
    await aws("iam", "create-role", "--role-name", "scheduler", "--assume-role-policy-document", TRUST);
    const all = document({ Action: "*", Resource: "*" });
    await aws("iam", "put-role-policy", "--role-name", "scheduler", "--policy-name", "all", "--policy-document", all);
    const endpoint = ["--endpoint-url", hearth.endpoint];
    const created = JSON.parse(await aws("sqs", "create-queue", "--queue-name", "fired", ...endpoint)) as {
      QueueUrl: string;
    };
    const target = JSON.stringify({ Arn: QUEUE, RoleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler`, Input: "hello" });
    const schedule = [
      "--schedule-expression",
      "rate(1 hour)",
      "--flexible-time-window",
      "Mode=OFF",
      "--target",
      target,
    ];
    await aws("scheduler", "create-schedule", "--name", "hourly", ...schedule);
    const receive = ["receive-message", "--queue-url", created.QueueUrl, "--wait-time-seconds", "20"];
    expect(await aws("sqs", ...receive, "--query", "Messages[0].Body", "--output", "text", ...endpoint)).toBe(
      "hello\n",
    );
    await aws("scheduler", "update-schedule", "--name", "hourly", ...schedule, "--state", "DISABLED");
    const get = ["get-schedule", "--name", "hourly", "--query", "State", "--output", "text"];
    expect(await aws("scheduler", ...get)).toBe("DISABLED\n");
    await aws("scheduler", "delete-schedule", "--name", "hourly");
    expect(JSON.parse(await aws("scheduler", "list-schedules"))).toEqual({ Schedules: [] });
  });
});

describe("boto3", skipReason(await noBoto3()), () => {
  test("reads what it wrote, and understands refusals", async () => {
    const env = awsEnvironment(hearth.clientConfig);
    const { code, stdout, stderr } = await runProgram("python3", ["-c", BOTO3], { env, timeoutMs: 120_000 });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      got: [
        "Europe/Berlin",
        { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
        { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        true,
      ],
      listed: ["one"],
      refused: [404, 409, 400],
      parameters: [["/boto/a", "/boto/b"], ["/boto/deep/c"]],
      secret: [0, 255],
      gone: "Secrets Manager can't find the specified secret.",
    });
  });
});
