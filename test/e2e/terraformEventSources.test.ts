import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  awsEnvironment,
  findProviderMirror,
  noTerraform,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const configuration = (batchSize: number): string => `
provider "aws" {}

resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = 30
}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "worker" {
  name = "worker"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = aws_sqs_queue.orders.arn
      }
    ]
  })
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  runtime       = "nodejs22.x"
  role          = aws_iam_role.worker.arn
  handler       = "index.handler"
  filename      = "function.zip"
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn                   = aws_sqs_queue.orders.arn
  function_name                      = aws_lambda_function.worker.arn
  batch_size                         = ${batchSize}
  function_response_types            = ["ReportBatchItemFailures"]
  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["order"] } })
    }
  }
  depends_on = [aws_iam_role_policy.worker]
}

# Servers that the operator names: the mappings are what is tried here, so that none of them need run.
resource "aws_lambda_event_source_mapping" "own" {
  for_each = {
    "redis-stream/away/orders"    = "TRIM_HORIZON"
    "nats/far/ORDERS/orders.new"  = "LATEST"
    "mqtt/gone/orders/#"          = null
    "postgres/db/channel/orders"  = null
    "postgres/db/changes/orders"  = "LATEST"
  }
  event_source_arn  = "arn:aws:hearth:us-east-1:000000000000:${"$"}{each.key}"
  function_name     = aws_lambda_function.worker.arn
  batch_size        = ${batchSize}
  starting_position = each.value
}
`;
const HEARTH_SOURCE_CONNECTIONS =
  "away=redis://127.0.0.1:1,far=nats://127.0.0.1:1,gone=mqtt://127.0.0.1:1,db=postgres://nobody@127.0.0.1:1/db";

const HAS_CHANGES = 2;
const patient = { timeout: 60_000 };

describe("terraform", () => {
  describe("with a queue that triggers a function", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    let directory: string;
    beforeAll(async () => {
      hearth = await startHearth({ env: { HEARTH_SOURCE_CONNECTIONS } });
      directory = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
      const code = `export const handler = async ({ Records }) => {
  for (const { body } of Records) console.log("GOT " + body);
  return { batchItemFailures: [] };
};
`;
      await writeFile(join(directory, "function.zip"), await zipOf({ "index.mjs": code }));
    });
    afterAll(async () => {
      await hearth[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    });

    const terraform = async (code: number, ...args: string[]): Promise<void> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const options = { cwd: directory, env, timeoutMs: 300_000 };
      const run = await runProgram("terraform", [...args, "-input=false", "-no-color"], options);
      expect(run.code, `terraform ${args.join(" ")}\n${run.stdout}\n${run.stderr}`).toBe(code);
    };
    const write = (batchSize: number): Promise<void> => writeFile(join(directory, "main.tf"), configuration(batchSize));

    test("applies without drift, its events flow, it is updated and destroyed", async () => {
      const sqs = new SQSClient(hearth.clientConfig);
      const logs = new CloudWatchLogsClient(hearth.clientConfig);
      const lambda = new LambdaClient(hearth.clientConfig);
      const send = async (n: number): Promise<void> => {
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }));
        for (const kind of ["order", "other"]) {
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ kind, n }) }));
        }
      };
      const got = async (): Promise<readonly string[]> => {
        const input = { logGroupName: "/aws/lambda/worker", filterPattern: "GOT" };
        const { events = [] } = await logs.send(new FilterLogEventsCommand(input)).catch(() => ({ events: [] }));
        return events.flatMap(({ message = "" }) => /GOT (.*)/.exec(message)?.[1] ?? []);
      };
      await write(5);
      await terraform(0, "init", `-plugin-dir=${findProviderMirror()}`);
      await terraform(0, "apply", "-auto-approve");
      await terraform(0, "plan", "-detailed-exitcode");
      await send(1);
      await expect.poll(got, patient).toEqual(['{"kind":"order","n":1}']);

      await write(10);
      await terraform(HAS_CHANGES, "plan", "-detailed-exitcode");
      await terraform(0, "apply", "-auto-approve");
      await terraform(0, "plan", "-detailed-exitcode");
      await send(2);
      await expect.poll(got, patient).toEqual(['{"kind":"order","n":1}', '{"kind":"order","n":2}']);

      await terraform(0, "destroy", "-auto-approve");
      expect((await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings).toEqual([]);
      for (const client of [sqs, logs, lambda]) client.destroy();
    });
  });
});
