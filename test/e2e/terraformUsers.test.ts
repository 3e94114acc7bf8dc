import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { awsEnvironment, findProviderMirror, noTerraform, runProgram, skipReason, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";

const configuration = (path: string, action: string, status: string): string => `
provider "aws" {}

resource "aws_iam_user" "deployer" {
  name          = "deployer"
  path          = "${path}"
  force_destroy = true
  tags          = { team = "red" }
}

resource "aws_iam_access_key" "deployer" {
  user   = aws_iam_user.deployer.name
  status = "${status}"
}

resource "aws_iam_user_policy" "inline" {
  name = "inline"
  user = aws_iam_user.deployer.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["${action}"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "own" {
  name = "own"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "own" {
  user       = aws_iam_user.deployer.name
  policy_arn = aws_iam_policy.own.arn
}

resource "aws_iam_user_policy_attachment" "managed" {
  user       = aws_iam_user.deployer.name
  policy_arn = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"
}
`;

test(
  "terraform makes, changes and destroys users with keys and policies, without drift",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    const hearth = stack.use(await startHearth());
    const terraform = async (...args: string[]): Promise<void> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const { code, stdout, stderr } = await runProgram("terraform", args, { cwd: folder, env, timeoutMs: 300_000 });
      expect(code, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
    };
    const apply = async (text: string): Promise<void> => {
      await writeFile(join(folder, "main.tf"), text);
      await terraform("apply", "-auto-approve", "-input=false", "-no-color");
      await terraform("plan", "-detailed-exitcode", "-input=false", "-no-color");
    };
    await writeFile(join(folder, "main.tf"), configuration("/", "lambda:Get*", "Active"));
    await terraform("init", `-plugin-dir=${findProviderMirror()}`, "-input=false", "-no-color");
    await apply(configuration("/", "lambda:Get*", "Active"));
    await apply(configuration("/team/", "lambda:*", "Inactive"));
    await terraform("destroy", "-auto-approve", "-input=false", "-no-color");
    expect((await new IAMClient(hearth.clientConfig).send(new ListUsersCommand({}))).Users).toEqual([]);
  },
);
