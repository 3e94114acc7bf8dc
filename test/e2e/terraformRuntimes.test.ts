import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { noDocker, noTerraform, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

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
    const hearth = stack.use(await startHearth({ driver: "docker" }));
    const project = stack.use(await TerraformProject.open(hearth.clientConfig));
    const client = new LambdaClient(hearth.clientConfig);
    await project.write("main.tf", CONFIGURATION);
    await project.write("code.zip", await zipOf({ "index.txt": "not run" }));
    await project.apply();
    const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ Runtime = "" }) => Runtime as string).toSorted((a, b) => a.localeCompare(b))).toEqual(
      LABELS.toSorted((a, b) => a.localeCompare(b)),
    );
    await project.destroy();
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  },
);
