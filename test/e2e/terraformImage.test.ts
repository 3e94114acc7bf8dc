import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  awsEnvironment,
  findProviderMirror,
  FUNCTION_IMAGES,
  makeImages,
  noDocker,
  noTerraform,
  runProgram,
  shellAnswer,
  shellEvent,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { expect, test } from "vitest";
import { invoke } from "../support/lambda.ts";

const configuration = (image: string, settings: string): string => `
provider "aws" {}

resource "aws_lambda_function" "image" {
  function_name = "image"
  package_type  = "Image"
  image_uri     = "${image}"
  role          = "arn:aws:iam::000000000000:role/any"
  timeout       = 10
  publish       = true
  ${settings}
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.image.function_name
  function_version = aws_lambda_function.image.version
}
`;
const IMAGE_CONFIG = 'image_config {\n command = ["only"]\n working_directory = "/bin"\n }';

test(
  "terraform makes a function of an image, changes its image and ImageConfig, destroys it, and sees no drift",
  skipReason(noTerraform() ?? (await noDocker())),
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    await makeImages("function");
    const hearth = stack.use(await startHearth({ driver: "docker" }));
    const client = new LambdaClient(hearth.clientConfig);
    const terraform = async (...args: string[]): Promise<void> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const all = [...args, "-input=false", "-no-color"];
      const { code, stdout, stderr } = await runProgram("terraform", all, { cwd: folder, env, timeoutMs: 300_000 });
      expect(code, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
    };
    const seenAfter = async (image: string, settings: string): Promise<string> => {
      await writeFile(join(folder, "main.tf"), configuration(image, settings));
      await terraform("apply", "-auto-approve");
      await terraform("plan", "-detailed-exitcode");
      const { payload } = await invoke(client, "image:live", shellEvent('echo "$GREETING $* $PWD"'));
      return shellAnswer(Buffer.from(JSON.stringify(payload))).out.trim();
    };
    await writeFile(join(folder, "main.tf"), configuration(FUNCTION_IMAGES.first, ""));
    await terraform("init", `-plugin-dir=${findProviderMirror()}`);
    expect(await seenAfter(FUNCTION_IMAGES.first, IMAGE_CONFIG)).toBe("hello only /bin");
    expect(await seenAfter(FUNCTION_IMAGES.second, "")).toBe("again one two words /work");
    await terraform("destroy", "-auto-approve");
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  },
);
