import {
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { layerArnOf, publishLayer } from "./publishLayer.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const layerArn = (LayerName: string, version?: number) => layerArnOf(target, LayerName, version);
const publish = (LayerName: string, input?: Parameters<typeof publishLayer>[2]) =>
  publishLayer(target, LayerName, input);

describe("layers of a function", () => {
  const answerOf = async (FunctionName: string): Promise<unknown> => {
    const { Payload } = await target.client.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };

  test("lie in /opt, a later one over an earlier one, on the search path of Python", async () => {
    const [lower, upper] = [target.newName(), target.newName()];
    const one = await publish(lower, {
      Content: {
        ZipFile: await zipOf({
          "python/shared.py": "WHO = 'lower'\n",
          "python/only_lower.py": "HERE = True\n",
          "data.txt": "lower",
        }),
      },
    });
    const two = await publish(upper, {
      Content: {
        ZipFile: await zipOf({
          "python/shared.py": "WHO = 'upper'\n",
          "python/lib/python3.13/site-packages/packaged.py": "SITE = True\n",
          "bin/tool": { content: "#!/bin/sh\necho tool\n", mode: 0o755 },
          "data.txt": "upper",
        }),
      },
    });
    const code = `import os, sys, subprocess, shared, only_lower, packaged
root = os.path.dirname(os.path.dirname(os.path.abspath(shared.__file__)))
def handler(event, context):
    return [shared.WHO, only_lower.HERE, packaged.SITE, open(root + "/data.txt").read(),
            subprocess.run(["tool"], capture_output=True, text=True).stdout]
`;
    const Layers = [one.LayerVersionArn ?? "", two.LayerVersionArn ?? ""];
    const { FunctionName, Layers: shown } = await target.newFunction({
      Runtime: "python3.13",
      Handler: "app.handler",
      Code: { ZipFile: await zipOf({ "app.py": code }) },
      Layers,
    });
    expect(shown).toEqual([
      { Arn: Layers[0], CodeSize: one.Content?.CodeSize },
      { Arn: Layers[1], CodeSize: two.Content?.CodeSize },
    ]);
    expect(await answerOf(FunctionName)).toEqual(["upper", true, true, "upper", "tool\n"]);
  });

  test("are on the search path of Node, both for every version and for this one", async () => {
    const LayerName = target.newName();
    const { LayerVersionArn = "" } = await publish(LayerName, {
      Content: {
        ZipFile: await zipOf({
          "nodejs/node_modules/every/index.js": "module.exports = 'every';\n",
          "nodejs/node22/node_modules/this22/index.js": "module.exports = 'this';\n",
        }),
      },
    });
    const { FunctionName } = await target.newFunction({
      Code: {
        ZipFile: await zipOf({
          "index.js": "exports.handler = async () => [require('every'), require('this22')];\n",
        }),
      },
      Layers: [LayerVersionArn],
    });
    expect(await answerOf(FunctionName)).toEqual(["every", "this"]);
  });

  test("are kept by an update that does not name them, replaced by one that does, and survive their deletion", async () => {
    const LayerName = target.newName();
    const make = async (who: string) =>
      await publish(LayerName, {
        Content: { ZipFile: await zipOf({ "nodejs/node_modules/who/index.js": `module.exports = '${who}';` }) },
      });
    const [one, two] = [await make("one"), await make("two")];
    const { FunctionName } = await target.newFunction({
      Code: { ZipFile: await zipOf({ "index.js": "exports.handler = async () => require('who');\n" }) },
      Layers: [one.LayerVersionArn ?? ""],
    });
    const update = async (input: object) => {
      await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...input }));
      await target.updated(FunctionName);
    };
    await target.client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
    await update({ Timeout: 5 });
    expect(await answerOf(FunctionName)).toBe("one");
    await update({ Layers: [one.LayerVersionArn], Timeout: 6 });
    await update({ Layers: [two.LayerVersionArn] });
    expect(await answerOf(FunctionName)).toBe("two");
    const published = await target.client.send(new PublishVersionCommand({ FunctionName }));
    expect(published.Layers).toEqual([{ Arn: two.LayerVersionArn, CodeSize: two.Content?.CodeSize }]);
    await update({ Layers: [] });
    const get = new GetFunctionConfigurationCommand({ FunctionName });
    expect((await target.client.send(get)).Layers).toBeUndefined();
    const { Versions = [] } = await target.client.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions.map(({ Layers }) => Layers?.length ?? 0)).toEqual([0, 1]);
  });

  test("are refused where AWS refuses them", async () => {
    const LayerName = target.newName();
    const [one, two] = [await publish(LayerName), await publish(LayerName)];
    const attach = async (...Layers: (string | undefined)[]) =>
      await refusal(target.newFunction({ Layers: Layers as string[] }));
    const missing = layerArn(target.newName(), 1);
    expect(await attach(missing)).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: `Layer version ${missing} does not exist.`,
    });
    expect(await attach(one.LayerVersionArn, two.LayerVersionArn)).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: `Two different versions of the same layer are not allowed to be referenced in the same function. ${one.LayerVersionArn} and ${two.LayerVersionArn} are versions of the same layer.`,
    });
    expect(await attach(...[1, 2, 3, 4, 5, 6].map((version) => layerArn(`layer${version}`, 1)))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Cannot reference more than 5 layers.",
    });
    const noVersion = await attach(layerArn(LayerName));
    expect(noVersion).toMatchObject({ name: "ValidationException", status: 400 });
    // AWS has changed the parentheses of the pattern.
    expect(
      noVersion.message
        .replace(/pattern: \(+arn/, "pattern: (arn")
        .replace(/\)+, Member must not/, "), Member must not"),
    ).toBe(
      `1 validation error detected: Value '[${layerArn(LayerName)}]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]`,
    );
    expect(await attach(`arn:aws:lambda:${target.region}:210987654321:layer:theirs:1`)).toMatchObject({
      name: "AccessDeniedException",
      status: 403,
    });
  });
});
