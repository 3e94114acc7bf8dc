import {
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListCodeSigningConfigsCommand,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { noTerraform, type RunningHearth, sampleFunctions, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";
import { urlCall } from "../support/urlCall.ts";

interface Wish {
  readonly retries: number;
  readonly shards: number;
  readonly cors: string;
  readonly authorization: "NONE" | "AWS_IAM";
  readonly queue: string;
  readonly stream: string;
  readonly description: string;
  readonly runtimeUpdates: "Auto" | "FunctionUpdate";
  readonly loop: "Allow" | "Terminate";
}

const configuration = (wish: Wish): string => `
provider "aws" {}

locals {
  here = "us-east-1:000000000000"
}

resource "aws_iam_role" "sender" {
  name = "configured"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "sender" {
  name = "sender"
  role = aws_iam_role.sender.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:*", "kinesis:*", "dynamodb:*", "kafka:*", "mq:*", "secretsmanager:*"], Resource = "*" }]
  })
}

resource "aws_lambda_function" "f" {
  function_name           = "configured"
  runtime                 = "nodejs22.x"
  role                    = aws_iam_role.sender.arn
  handler                 = "index.handler"
  filename                = "function.zip"
  publish                 = true
  code_signing_config_arn = aws_lambda_code_signing_config.signing.arn
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = aws_lambda_function.f.version
}

resource "aws_lambda_code_signing_config" "signing" {
  description = "${wish.description}"
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:\${local.here}:/signing-profiles/p/abcdefghij"]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
  tags = { about = "${wish.description}" }
}

resource "aws_lambda_function_event_invoke_config" "whole" {
  depends_on                   = [aws_iam_role_policy.sender]
  function_name                = aws_lambda_function.f.function_name
  maximum_retry_attempts       = ${wish.retries}
  maximum_event_age_in_seconds = 120
  destination_config {
    on_failure {
      destination = "arn:aws:sqs:\${local.here}:failures"
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name          = aws_lambda_function.f.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = ${wish.retries}
}

resource "aws_lambda_function_url" "whole" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "${wish.authorization}"
${wish.cors}
}

resource "aws_lambda_permission" "whole" {
  statement_id  = "everyone"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "*"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.f.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  invoke_mode        = "RESPONSE_STREAM"
}

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn = "arn:aws:sqs:\${local.here}:orders"
  function_name    = aws_lambda_function.f.arn
${wish.queue}
}

resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn  = aws_kinesis_stream.s.arn
  function_name     = aws_lambda_alias.live.arn
  starting_position = "TRIM_HORIZON"
${wish.stream}
}

resource "aws_lambda_event_source_mapping" "table" {
  event_source_arn  = aws_dynamodb_table.t.stream_arn
  function_name     = aws_lambda_function.f.function_name
  starting_position = "LATEST"
}

resource "aws_kinesis_stream" "s" {
  name             = "s"
  shard_count      = ${wish.shards}
  retention_period = ${wish.retries === 0 ? 24 : 48}
  tags             = { about = "${wish.description}" }
}

resource "aws_dynamodb_table" "t" {
  name             = "items"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  range_key        = "sk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  local_secondary_index {
    name            = "local"
    range_key       = "kind"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name            = "global"
    hash_key        = "kind"
    projection_type = "ALL"
  }
  ttl {
    attribute_name = "ttl"
    enabled        = true
  }
  tags = { about = "${wish.description}" }
}

resource "aws_lambda_event_source_mapping" "msk" {
  event_source_arn  = "arn:aws:kafka:\${local.here}:cluster/c/01234567-89ab-cdef-0123-456789abcdef-1"
  function_name     = aws_lambda_function.f.function_name
  topics            = ["orders"]
  starting_position = "LATEST"
}

resource "aws_lambda_event_source_mapping" "kafka" {
  function_name     = aws_lambda_function.f.function_name
  topics            = ["orders"]
  starting_position = "TRIM_HORIZON"
  self_managed_event_source {
    endpoints = { KAFKA_BOOTSTRAP_SERVERS = "a.example.com:9092,b.example.com:9092" }
  }
  source_access_configuration {
    type = "SASL_SCRAM_512_AUTH"
    uri  = "arn:aws:secretsmanager:\${local.here}:secret:s"
  }
}

resource "aws_lambda_event_source_mapping" "mq" {
  event_source_arn = "arn:aws:mq:\${local.here}:broker:b:b-0123"
  function_name    = aws_lambda_function.f.function_name
  queues           = ["orders"]
  source_access_configuration {
    type = "BASIC_AUTH"
    uri  = "arn:aws:secretsmanager:\${local.here}:secret:s"
  }
}

resource "aws_lambda_runtime_management_config" "runtime" {
  function_name     = aws_lambda_function.f.function_name
  update_runtime_on = "${wish.runtimeUpdates}"
}

resource "aws_lambda_function_recursion_config" "loop" {
  function_name  = aws_lambda_function.f.function_name
  recursive_loop = "${wish.loop}"
}
`;

const first: Wish = {
  retries: 1,
  shards: 1,
  cors: `  cors {
    allow_credentials = true
    allow_origins     = ["https://example.com"]
    allow_methods     = ["GET", "POST"]
    allow_headers     = ["date"]
    expose_headers    = ["date"]
    max_age           = 60
  }`,
  authorization: "NONE",
  queue: `  batch_size                         = 20
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["a"] } })
    }
  }
  scaling_config {
    maximum_concurrency = 2
  }
  tags = { team = "x" }`,
  stream: `  parallelization_factor         = 2
  maximum_retry_attempts         = 3
  maximum_record_age_in_seconds  = 60
  bisect_batch_on_function_error = true
  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:\${local.here}:failures"
    }
  }`,
  description: "one",
  runtimeUpdates: "FunctionUpdate",
  loop: "Allow",
};
const second: Wish = {
  retries: 0,
  shards: 2,
  cors: "",
  authorization: "AWS_IAM",
  queue: `  enabled    = false
  batch_size = 10
  tags       = { team = "y" }`,
  stream: "  batch_size = 50",
  description: "two",
  runtimeUpdates: "Auto",
  loop: "Terminate",
};

describe("terraform", () => {
  describe("a function's resources, with an unmodified hashicorp/aws provider", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    beforeAll(async () => {
      hearth = await startHearth({ env: { HEARTH_BROKERS: "c=kafka://127.0.0.1:9,b=amqp://127.0.0.1:9" } });
      // Not a resource of the configuration: Terraform waits half a minute for each queue.
      await new SQSClient(hearth.clientConfig).send(new CreateQueueCommand({ QueueName: "orders" }));
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
    });

    test("applies without drift, updates without drift, and destroys everything", async () => {
      await using project = await TerraformProject.open(hearth.clientConfig);
      await project.write("function.zip", await zipOf(sampleFunctions.nodeEcho));
      await project.write("main.tf", configuration(first));
      await project.apply();
      const client = new LambdaClient(hearth.clientConfig);
      const FunctionName = "configured";
      const { FunctionUrl = "" } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName }));
      const answered = await urlCall(hearth.endpoint, `${FunctionUrl}a`, {
        headers: { origin: "https://example.com" },
      });
      expect([answered.status, answered.headers["access-control-allow-origin"]]).toEqual([200, "https://example.com"]);
      expect(JSON.parse(answered.body)).toMatchObject({ rawPath: "/a" });

      await project.write("main.tf", configuration(second));
      await project.change();

      expect((await urlCall(hearth.endpoint, FunctionUrl)).status).toBe(403);

      await project.destroy();
      expect(await urlCall(hearth.endpoint, FunctionUrl)).toMatchObject({ status: 403, body: '{"Message":null}' });
      expect((await client.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings).toEqual([]);
      expect((await client.send(new ListCodeSigningConfigsCommand({}))).CodeSigningConfigs).toEqual([]);
    });
  });
});
