import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  awsEnvironment,
  findProviderMirror,
  noDocker,
  noTerraform,
  runProgram,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { expect, test } from "vitest";

/** Those that the provider's version knows and whose images the tests have; the functions are not run. */
const LABELS = [
  ...["nodejs22.x", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "ruby3.2", "ruby3.3"],
  ...["java8.al2", "java11", "java17", "java21", "provided.al2023"],
];

const CONFIGURATION = `
provider "aws" {}

resource "aws_lambda_function" "each" {
  for_each      = toset(${JSON.stringify(LABELS)})
  function_name = replace(each.key, ".", "-")
  runtime       = each.key
  handler       = "index.handler"
  role          = "arn:aws:iam::000000000000:role/any"
  filename      = "code.zip"
  publish       = true
}
`;

test(
  "terraform makes a function of each runtime, sees no drift, and destroys them",
  { timeout: 600_000, ...skipReason(noTerraform() ?? (await noDocker())) },
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    const hearth = stack.use(await startHearth({ driver: "docker" }));
    const client = new LambdaClient(hearth.clientConfig);
    const terraform = async (...args: string[]): Promise<void> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const all = [...args, "-input=false", "-no-color"];
      const { code, stdout, stderr } = await runProgram("terraform", all, { cwd: folder, env, timeoutMs: 300_000 });
      expect(code, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
    };
    await writeFile(join(folder, "main.tf"), CONFIGURATION);
    await writeFile(join(folder, "code.zip"), await zipOf({ "index.txt": "not run" }));
    await terraform("init", `-plugin-dir=${findProviderMirror()}`);
    await terraform("apply", "-auto-approve");
    await terraform("plan", "-detailed-exitcode");
    const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ Runtime = "" }) => Runtime as string).toSorted((a, b) => a.localeCompare(b))).toEqual(
      LABELS.toSorted((a, b) => a.localeCompare(b)),
    );
    await terraform("destroy", "-auto-approve");
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  },
);
