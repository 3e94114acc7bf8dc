import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IoTClient, ListCertificatesCommand, ListPoliciesCommand, ListTopicRulesCommand } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { noTerraform, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

const configuration = (limit: number): string => `
provider "aws" {}

resource "aws_sqs_queue" "errors" {
  name = "errors"
}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com", "iot.amazonaws.com"] }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "worker" {
  name = "worker"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:*", "sqs:SendMessage", "iot:Publish"], Resource = "*" }]
  })
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  runtime       = "nodejs22.x"
  role          = aws_iam_role.worker.arn
  handler       = "index.handler"
  filename      = "function.zip"
}

resource "aws_lambda_permission" "rule" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  principal     = "iot.amazonaws.com"
  source_arn    = aws_iot_topic_rule.warm.arn
}

resource "aws_iot_topic_rule" "warm" {
  name        = "warm"
  description = "Warm sensors"
  enabled     = true
  sql         = "SELECT temperature AS t, topic(2) AS sensor FROM 'sensors/+/data' WHERE temperature > ${limit}"
  sql_version = "2016-03-23"
  lambda {
    function_arn = aws_lambda_function.worker.arn
  }
  republish {
    role_arn = aws_iam_role.worker.arn
    topic    = "warm/$\${topic(2)}"
    qos      = 1
  }
  error_action {
    sqs {
      queue_url  = aws_sqs_queue.errors.url
      role_arn   = aws_iam_role.worker.arn
      use_base64 = false
    }
  }
  tags = { team = "${limit}" }
}

resource "aws_iot_certificate" "device" {
  active = true
}

resource "aws_iot_policy" "device" {
  name = "device"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iot:*", Resource = "arn:aws:iot:us-east-1:000000000000:topic/${limit}/*" }]
  })
}

resource "aws_iot_policy_attachment" "device" {
  policy = aws_iot_policy.device.name
  target = aws_iot_certificate.device.arn
}
`;

const patient = { timeout: 60_000 };

describe("terraform", () => {
  describe("with a topic rule and a device of IoT", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    beforeAll(async () => {
      hearth = await startHearth();
    });
    afterAll(async () => {
      await hearth[Symbol.asyncDispose]();
    });

    test("applies without drift, a message reaches the function, it is updated and destroyed", async () => {
      const [iot, data] = [new IoTClient(hearth.clientConfig), new IoTDataPlaneClient(hearth.clientConfig)];
      const logs = new CloudWatchLogsClient(hearth.clientConfig);
      const publish = async (sensor: string, temperature: number): Promise<void> => {
        const payload = JSON.stringify({ temperature });
        await data.send(new PublishCommand({ topic: `sensors/${sensor}/data`, qos: 1, payload }));
      };
      const got = async (): Promise<readonly string[]> => {
        const input = { logGroupName: "/aws/lambda/worker", filterPattern: "GOT" };
        const { events = [] } = await logs.send(new FilterLogEventsCommand(input)).catch(() => ({ events: [] }));
        return events.flatMap(({ message = "" }) => /GOT (.*)/.exec(message)?.[1] ?? []);
      };
      await using project = await TerraformProject.open(hearth.clientConfig);
      const code = `export const handler = async (event) => console.log("GOT " + JSON.stringify(event));`;
      await project.write("function.zip", await zipOf({ "index.mjs": code }));
      await project.write("main.tf", configuration(40));
      await project.apply();
      await publish("a", 30);
      await publish("b", 50);
      await expect.poll(got, patient).toEqual(['{"t":50,"sensor":"b"}']);

      await project.write("main.tf", configuration(20));
      await project.apply();
      await publish("c", 30);
      await expect.poll(got, patient).toEqual(['{"t":50,"sensor":"b"}', '{"t":30,"sensor":"c"}']);

      await project.destroy();
      expect((await iot.send(new ListTopicRulesCommand({}))).rules).toEqual([]);
      expect((await iot.send(new ListPoliciesCommand({}))).policies).toEqual([]);
      expect((await iot.send(new ListCertificatesCommand({}))).certificates).toEqual([]);
      for (const client of [iot, data, logs]) client.destroy();
    });
  });
});
