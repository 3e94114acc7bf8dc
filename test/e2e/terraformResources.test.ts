import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from "@aws-sdk/client-lambda";
import { noTerraform, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";
import { invoke } from "../support/lambda.ts";

interface Wish {
  readonly layerHash: string;
  readonly timeout: number;
  readonly statementId: string;
}

const configuration = ({ layerHash, timeout, statementId }: Wish): string => `
provider "aws" {}

locals {
  role = "arn:aws:iam::000000000000:role/any"
}

resource "aws_lambda_layer_version" "modules" {
  layer_name               = "modules"
  filename                 = "modules.zip"
  source_code_hash         = "${layerHash}"
  description              = "modules for all"
  license_info             = "MIT"
  compatible_runtimes      = ["nodejs20.x", "nodejs22.x"]
  compatible_architectures = ["x86_64"]
}

resource "aws_lambda_layer_version" "from_s3" {
  layer_name = "from_s3"
  s3_bucket  = "code"
  s3_key     = "layer.zip"
}

resource "aws_lambda_layer_version_permission" "shared" {
  layer_name     = aws_lambda_layer_version.modules.layer_name
  version_number = aws_lambda_layer_version.modules.version
  statement_id   = "${statementId}"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

resource "aws_iam_role" "sender" {
  name = "layered"
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
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }]
  })
}

resource "aws_lambda_function" "layered" {
  depends_on    = [aws_iam_role_policy.sender]
  function_name = "layered"
  runtime       = "nodejs22.x"
  role          = aws_iam_role.sender.arn
  handler       = "index.handler"
  s3_bucket     = "code"
  s3_key        = "function.zip"
  layers        = [aws_lambda_layer_version.from_s3.arn, aws_lambda_layer_version.modules.arn]
  timeout       = ${timeout}
  dead_letter_config {
    target_arn = "arn:aws:sqs:us-east-1:000000000000:dead"
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format       = "JSON"
    system_log_level = "WARN"
  }
  vpc_config {
    subnet_ids         = ["subnet-0123456789abcdef0"]
    security_group_ids = ["sg-0123456789abcdef0"]
  }
}
`;
const moduleZip = async (answer: string) =>
  await zipOf({ "nodejs/node_modules/answer/index.js": `module.exports = ${JSON.stringify(answer)};\n` });

describe("terraform", () => {
  describe("layers and functions from S3 with an unmodified hashicorp/aws provider", skipReason(noTerraform()), () => {
    let s3: FauxqsServer;
    let hearth: RunningHearth;
    beforeAll(async () => {
      s3 = await startFauxqs({ port: 0, logger: false });
      s3.createBucket("code");
      await put("function.zip", await zipOf({ "index.js": "exports.handler = async () => require('answer');\n" }));
      await put("layer.zip", await moduleZip("below"));
      hearth = await startHearth({
        env: { HEARTH_S3_ENDPOINT: s3.address, HEARTH_S3_ACCESS_KEY_ID: "test", HEARTH_S3_SECRET_ACCESS_KEY: "test" },
      });
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
      await s3?.stop();
    });

    const put = async (key: string, body: Buffer): Promise<void> => {
      const { status } = await fetch(`${s3.address}/code/${key}`, { method: "PUT", body: new Uint8Array(body) });
      expect(status).toBe(200);
    };

    test("apply without drift, update without drift, and destroy everything", async () => {
      const client = new LambdaClient(hearth.clientConfig);
      await using project = await TerraformProject.open(hearth.clientConfig);
      const write = async (answer: string, wish: Wish): Promise<void> => {
        await project.write("main.tf", configuration(wish));
        await project.write("modules.zip", await moduleZip(answer));
      };
      await write("one", { layerHash: "first", timeout: 5, statementId: "s1" });
      await project.apply();
      expect((await invoke(client, "layered", {})).payload).toBe("one");

      await write("two", { layerHash: "second", timeout: 6, statementId: "s2" });
      await project.change();
      expect((await invoke(client, "layered", {})).payload).toBe("two");

      await project.destroy();
      expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
      expect((await client.send(new ListLayersCommand({}))).Layers).toEqual([]);
    });
  });
});
