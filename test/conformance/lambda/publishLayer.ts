import {
  DeleteLayerVersionCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { onTestFinished } from "vitest";
import type { LambdaTarget } from "./lambdaTarget.ts";

export function layerArnOf({ region, accountId }: LambdaTarget, LayerName: string, version?: number): string {
  return [`arn:aws:lambda:${region}:${accountId}:layer:${LayerName}`, version].filter(Boolean).join(":");
}

/** Publishes a layer version that is deleted after the test. */
export async function publishLayer(
  { client }: LambdaTarget,
  LayerName: string,
  input: Partial<PublishLayerVersionCommandInput> = {},
) {
  const Content = { ZipFile: await zipOf({ "python/one.py": "VALUE = 1\n" }) };
  const published = await client.send(new PublishLayerVersionCommand({ LayerName, Content, ...input }));
  const VersionNumber = published.Version ?? 0;
  onTestFinished(async () => {
    await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber }));
  });
  return published;
}
