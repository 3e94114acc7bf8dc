import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { noTerraform, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

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

const patient = { timeout: 60_000 };

const CODE = `export const handler = async ({ Records }) => {
  for (const { body } of Records) console.log("GOT " + body);
  return { batchItemFailures: [] };
};
`;

describe("terraform", () => {
  describe("with a queue that triggers a function", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    beforeAll(async () => {
      hearth = await startHearth({ env: { HEARTH_SOURCE_CONNECTIONS } });
    });
    afterAll(async () => {
      await hearth[Symbol.asyncDispose]();
    });

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
      await using project = await TerraformProject.open(hearth.clientConfig);
      await project.write("function.zip", await zipOf({ "index.mjs": CODE }));
      await project.write("main.tf", configuration(5));
      await project.apply();
      await send(1);
      await expect.poll(got, patient).toEqual(['{"kind":"order","n":1}']);

      await project.write("main.tf", configuration(10));
      await project.change();
      await send(2);
      await expect.poll(got, patient).toEqual(['{"kind":"order","n":1}', '{"kind":"order","n":2}']);

      await project.destroy();
      expect((await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings).toEqual([]);
      for (const client of [sqs, logs, lambda]) client.destroy();
    });
  });
});
