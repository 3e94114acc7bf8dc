import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { type ClientConfig, zipOf } from "@hearth/testkit";

/** The region of a test's Hearth that plays AWS for docs/migrate-from-aws.md. */
export const REGION_OF_SOURCE = "eu-west-1";
const CODE = `import os, shared\ndef handler(event, context): return [shared.PLACE, os.environ["SIZE"]]\n`;

/** Makes the function `resize` with a layer in REGION_OF_SOURCE, and in `folder` the files of the profile `aws` that reads it. */
export async function functionToMove(config: ClientConfig, folder: string): Promise<void> {
  const lambda = new LambdaClient({ ...config, region: REGION_OF_SOURCE });
  const layer = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: "shared",
      CompatibleRuntimes: ["python3.13"],
      Content: { ZipFile: await zipOf({ "python/shared.py": `PLACE = "layer"\n` }) },
    }),
  );
  const FunctionName = "resize";
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "python3.13",
      Handler: "app.handler",
      Role: "arn:aws:iam::000000000000:role/service-role/resize",
      Code: { ZipFile: await zipOf({ "app.py": CODE }) },
      Environment: { Variables: { SIZE: "small" } },
      Layers: [layer.LayerVersionArn ?? ""],
      Tags: { team: "a" },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 300, minDelay: 0.2 }, { FunctionName });
  lambda.destroy();
  const { accessKeyId, secretAccessKey } = config.credentials;
  await writeFile(join(folder, ".aws-config"), `[profile aws]\nregion = ${REGION_OF_SOURCE}\n`);
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writeFile(join(folder, ".aws-credentials"), `[aws]\n${keys}`);
}
