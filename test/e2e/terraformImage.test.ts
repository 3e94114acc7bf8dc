import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  FUNCTION_IMAGES,
  makeImages,
  noDocker,
  noTerraform,
  shellAnswer,
  shellEvent,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";
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
    await makeImages("function");
    const hearth = stack.use(await startHearth({ driver: "docker" }));
    const project = stack.use(await TerraformProject.open(hearth.clientConfig));
    const client = new LambdaClient(hearth.clientConfig);
    const seenAfter = async (image: string, settings: string): Promise<string> => {
      await project.write("main.tf", configuration(image, settings));
      await project.apply();
      const { payload } = await invoke(client, "image:live", shellEvent('echo "$GREETING $* $PWD"'));
      return shellAnswer(Buffer.from(JSON.stringify(payload))).out.trim();
    };
    expect(await seenAfter(FUNCTION_IMAGES.first, IMAGE_CONFIG)).toBe("hello only /bin");
    expect(await seenAfter(FUNCTION_IMAGES.second, "")).toBe("again one two words /work");
    await project.destroy();
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  },
);
