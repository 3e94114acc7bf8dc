import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  awsEnvironment,
  findProviderMirror,
  noDocker,
  noTerraform,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

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
const HAS_CHANGES = 2;

const drivers = [
  { driver: "process", missing: noTerraform() },
  { driver: "docker", missing: noTerraform() ?? (await noDocker()) },
] as const;

describe.each(drivers)("terraform on the $driver driver", ({ driver, missing }) => {
  describe("an unmodified hashicorp/aws provider", skipReason(missing), () => {
    let hearth: RunningHearth;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
      hearth = await startHearth({ driver });
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const terraform = async (accepted: number, ...args: string[]): Promise<void> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const {
        code: ended,
        stdout,
        stderr,
      } = await runProgram("terraform", args, { cwd: folder, env, timeoutMs: 300_000 });
      expect(ended, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(accepted);
    };
    const write = async (further: string, greeting: string): Promise<void> => {
      await writeFile(join(folder, "main.tf"), configuration(further));
      await writeFile(join(folder, "lambda.zip"), await zipOf(code(greeting)));
    };

    test("applies without drift, updates without drift, and destroys everything", async () => {
      await write("", "one");
      await terraform(0, "init", `-plugin-dir=${findProviderMirror()}`, "-input=false", "-no-color");
      await terraform(0, "apply", "-auto-approve", "-input=false", "-no-color");
      await terraform(0, "plan", "-detailed-exitcode", "-input=false", "-no-color");

      await write(`  memory_size      = 256\n  source_code_hash = filebase64sha256("lambda.zip")`, "two");
      await terraform(HAS_CHANGES, "plan", "-detailed-exitcode", "-input=false", "-no-color");
      await terraform(0, "apply", "-auto-approve", "-input=false", "-no-color");
      await terraform(0, "plan", "-detailed-exitcode", "-input=false", "-no-color");

      await terraform(0, "destroy", "-auto-approve", "-input=false", "-no-color");
      const functions = await new LambdaClient(hearth.clientConfig).send(new ListFunctionsCommand({}));
      expect(functions.Functions).toEqual([]);
      const role = new IAMClient(hearth.clientConfig).send(new GetRoleCommand({ RoleName: "lambda_role" }));
      await expect(role).rejects.toThrow(/NoSuchEntity|cannot be found/);
    });
  });
});
