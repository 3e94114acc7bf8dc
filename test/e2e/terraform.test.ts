import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  type ClientConfig,
  noDocker,
  noTerraform,
  type RunningHearth,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

const configuration = (further: string): string => `
provider "aws" {}

resource "aws_iam_role" "lambda_role" {
  name = "lambda_role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "my_lambda" {
  function_name = "myLambdaFunction"
  runtime       = "python3.9"
  role          = aws_iam_role.lambda_role.arn
  handler       = "lambda_function.lambda_handler"
  filename      = "lambda.zip"
${further}
}
`;
const code = (greeting: string) => ({
  "lambda_function.py": `def lambda_handler(event, context):\n    return {"statusCode": 200, "body": "${greeting}"}\n`,
});

const drivers = [
  {
    driver: "process",
    missing: noTerraform(),
    open: (config: ClientConfig) => TerraformProject.openWithInit(config, configuration("")),
  },
  {
    driver: "docker",
    missing: noTerraform() ?? (await noDocker()),
    open: (config: ClientConfig) => TerraformProject.open(config),
  },
] as const;

describe.each(drivers)("terraform on the $driver driver", ({ driver, missing, open }) => {
  describe("an unmodified hashicorp/aws provider", skipReason(missing), () => {
    let hearth: RunningHearth;
    beforeAll(async () => {
      hearth = await startHearth({ driver });
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
    });

    test("applies without drift, updates without drift, and destroys everything", async () => {
      await using project = await open(hearth.clientConfig);
      const write = async (further: string, greeting: string): Promise<void> => {
        await project.write("main.tf", configuration(further));
        await project.write("lambda.zip", await zipOf(code(greeting)));
      };
      await write("", "one");
      await project.apply();

      await write(`  memory_size      = 256\n  source_code_hash = filebase64sha256("lambda.zip")`, "two");
      await project.change();

      await project.destroy();
      const functions = await new LambdaClient(hearth.clientConfig).send(new ListFunctionsCommand({}));
      expect(functions.Functions).toEqual([]);
      const role = new IAMClient(hearth.clientConfig).send(new GetRoleCommand({ RoleName: "lambda_role" }));
      await expect(role).rejects.toThrow(/NoSuchEntity|cannot be found/);
    });
  });
});
