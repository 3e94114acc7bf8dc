import { ListScheduleGroupsCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { noTerraform, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

interface Wish {
  readonly expression: string;
  readonly tag: string;
  readonly window: string;
  readonly text: string;
  readonly days: number;
}

const configuration = ({ expression, tag, window, text, days }: Wish): string => `
provider "aws" {}

resource "aws_iam_role" "scheduler" {
  name = "scheduler"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "scheduler.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "sends" {
  name = "sends"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }]
  })
}

resource "aws_scheduler_schedule_group" "jobs" {
  name = "jobs"
  tags = { stage = "${tag}" }
}

resource "aws_scheduler_schedule" "small" {
  depends_on          = [aws_iam_role_policy.sends]
  name                = "small"
  schedule_expression = "rate(1 day)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:sqs:us-east-1:000000000000:fired"
    role_arn = aws_iam_role.scheduler.arn
    input    = "from terraform"
  }
}

resource "aws_scheduler_schedule" "whole" {
  depends_on                   = [aws_iam_role_policy.sends]
  name_prefix                  = "whole-"
  group_name                   = aws_scheduler_schedule_group.jobs.name
  description                  = "all of it"
  schedule_expression          = "${expression}"
  schedule_expression_timezone = "Europe/Berlin"
  start_date                   = "2125-01-01T01:00:00Z"
  end_date                     = "2126-01-01T01:00:00Z"
  state                        = "DISABLED"
  ${window}
  target {
    arn      = "arn:aws:sqs:us-east-1:000000000000:fired"
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ time = "<aws.scheduler.scheduled-time>" })
    dead_letter_config {
      arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    }
    retry_policy {
      maximum_event_age_in_seconds = 600
      maximum_retry_attempts       = 3
    }
  }
}

resource "aws_ssm_parameter" "plain" {
  name            = "/app/url"
  type            = "String"
  value           = "${text}"
  description     = "of ${tag}"
  allowed_pattern = "^[a-z]+$"
  tags            = { stage = "${tag}" }
}

resource "aws_ssm_parameter" "hidden" {
  name  = "/app/password"
  type  = "SecureString"
  value = "${text}"
}

resource "aws_ssm_parameter" "list" {
  name = "names"
  type = "StringList"
  value = "a,b"
  tier  = "Advanced"
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "app/database"
  description             = "of ${tag}"
  recovery_window_in_days = 0
  tags                    = { stage = "${tag}" }
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id     = aws_secretsmanager_secret.database.id
  secret_string = jsonencode({ password = "${text}" })
}

resource "aws_secretsmanager_secret_policy" "database" {
  secret_arn = aws_secretsmanager_secret.database.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.scheduler.arn }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret_rotation" "database" {
  secret_id           = aws_secretsmanager_secret.database.id
  rotation_lambda_arn = "arn:aws:lambda:us-east-1:000000000000:function:rotates"
  rotate_immediately  = false
  rotation_rules {
    automatically_after_days = ${days}
  }
}
`;
const FLEXIBLE = `flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 10
  }`;

describe("terraform", () => {
  describe("schedules, parameters and secrets", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    let sqs: SQSClient;
    beforeAll(async () => {
      hearth = await startHearth();
      // Terraform's own queues would take a minute to be created and deleted.
      sqs = new SQSClient(hearth.clientConfig);
      for (const QueueName of ["fired", "dead"]) await sqs.send(new CreateQueueCommand({ QueueName }));
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
    });

    test("apply without drift, update without drift, and destroy everything", async () => {
      await using project = await TerraformProject.open(hearth.clientConfig);
      const off = 'flexible_time_window {\n    mode = "OFF"\n  }';
      await project.write(
        "main.tf",
        configuration({ expression: "cron(0 8 ? * MON-FRI *)", tag: "a", window: FLEXIBLE, text: "one", days: 30 }),
      );
      await project.apply();
      const QueueUrl = `${hearth.endpoint}/000000000000/fired`;
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      expect(Messages.map(({ Body }) => Body)).toEqual(["from terraform"]);

      await project.write(
        "main.tf",
        configuration({ expression: "rate(5 hours)", tag: "b", window: off, text: "two", days: 7 }),
      );
      await project.change();

      await project.destroy();
      const scheduler = new SchedulerClient(hearth.clientConfig);
      expect((await scheduler.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
      const { ScheduleGroups = [] } = await scheduler.send(new ListScheduleGroupsCommand({}));
      expect(ScheduleGroups.map(({ Name }) => Name)).toEqual(["default"]);
      const ssm = new SSMClient(hearth.clientConfig);
      expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toEqual([]);
      const secrets = new SecretsManagerClient(hearth.clientConfig);
      expect((await secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }))).SecretList).toEqual([]);
    });
  });
});
