import { type LambdaClient, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { noDocker, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const drivers = [
  { driver: "process", missing: undefined },
  { driver: "docker", missing: await noDocker() },
] as const;

const lower = {
  "python/shared.py": "WHO = 'lower'\n",
  "python/only_lower.py": "HERE = True\n",
  "nodejs/node_modules/who/index.js": "module.exports = 'lower';\n",
  "nodejs/node_modules/below/index.js": "module.exports = 'below';\n",
  "data.txt": "lower",
};
const upper = {
  "python/shared.py": "WHO = 'upper'\n",
  "python/lib/python3.13/site-packages/packaged.py": "SITE = True\n",
  "nodejs/node_modules/who/index.js": "module.exports = 'upper';\n",
  "nodejs/node22/node_modules/this22/index.js": "module.exports = 'this';\n",
  "bin/tool": { content: "#!/bin/sh\necho tool\n", mode: 0o755 },
  "lib/libnone.so.1": "no library: it is only looked for",
  "data.txt": "upper",
};
const python = `import os, subprocess, shared, only_lower, packaged
root = os.path.dirname(os.path.dirname(os.path.abspath(shared.__file__)))
def handler(event, context):
    tool = subprocess.run(["tool"], capture_output=True, text=True).stdout
    linker = [line for line in open("/proc/self/environ").read().split("\\0") if line.startswith("LD_LIBRARY_PATH=")]
    return [shared.WHO, only_lower.HERE, packaged.SITE, open(root + "/data.txt").read(), tool,
            len(linker) == 1 and linker[0].endswith(root + "/lib")]
`;
const node = `const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
exports.handler = async () => [
  require("who"), require("below"), require("this22"), execFileSync("tool").toString(),
  readFileSync("/proc/self/environ", "utf8").includes("LD_LIBRARY_PATH="),
];
`;

describe.each(drivers)("layers on the $driver driver", ({ driver, missing }) => {
  describe("two layers, of which the later one overrides the earlier one", skipReason(missing), () => {
    let hearth: RunningHearth;
    let client: LambdaClient;
    let Layers: string[];
    beforeAll(async () => {
      hearth = await startHearth({ driver });
      client = lambdaClient(hearth);
      const publish = async (LayerName: string, files: Parameters<typeof zipOf>[0]): Promise<string> => {
        const Content = { ZipFile: await zipOf(files) };
        const { LayerVersionArn = "" } = await client.send(new PublishLayerVersionCommand({ LayerName, Content }));
        return LayerVersionArn;
      };
      Layers = [await publish("lower", lower), await publish("upper", upper)];
    });
    afterAll(async () => await hearth?.[Symbol.asyncDispose]());

    test("Python imports from them, runs their programs and links their libraries", async () => {
      await createActive(client, {
        FunctionName: "python",
        Runtime: "python3.13",
        Handler: "app.handler",
        files: { "app.py": python },
        Layers,
      });
      expect((await invoke(client, "python", {})).payload).toEqual(["upper", true, true, "upper", "tool\n", true]);
    });

    test("Node requires from them, runs their programs and links their libraries", async () => {
      await createActive(client, { FunctionName: "node", files: { "index.js": node }, Layers });
      expect((await invoke(client, "node", {})).payload).toEqual(["upper", "below", "this", "tool\n", true]);
    });
  });
});
