import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  awsEnvironment,
  freePort,
  noDocker,
  noProgram,
  noTerraform,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../support/lambda.ts";
import { pageBlocks } from "../support/pageBlocks.ts";
import { TerraformProvider } from "../support/terraformProvider.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What the commands of each example's README print, besides what Terraform does. The ones that take longest come first. */
const EXAMPLES: Readonly<Record<string, RegExp>> = {
  "order-pipeline":
    /^(?=[^]*shipped: "responsePayload":\{"order":"A-1","parcels":3,"attempt":1\}\n)(?=[^]*shipped: "responsePayload":\{"order":"A-2","parcels":1,"attempt":2\}\n)[^]*dead: \{"id":"A-3","amount":0\}\n/,
  "security-audit":
    /\[\n {2}"user example-busy has 2 active access keys",\n {2}"role example-powerful may do everything, by its policy everything"\n\]\n/,
  "iot-realtime":
    /\nattic\t38\nkitchen\t31\.5\nthe screen is connected\nthe screen shows attic 38\nthe screen shows kitchen 31\.5\n/,
  "cron-cleanup":
    /deleted 2: database\/2020-02-29\.dump, database\/2021-12-31\.dump\s[^]*left: database\/2999-01-01\.dump\n/,
  "log-etl":
    /\nyear=\d{4}\/month=\d\d\/day=\d\d\/\d+\.json\n\{"ip": "192\.0\.2\.7", .*"path": "\/cart", "status": 200, "bytes": 512\}\n\{"ip": "192\.0\.2\.8", .*"path": "\/orders", "status": 503, "bytes": 0\}\n/,
  thumbnails: /\nphoto\.png: 256 x 192, thumbnail\.png: 64 x 48\n/,
  "graphql-api":
    /"title":"Solaris","author":\{"name":"Stanisław Lem"\}[^]*"books":\[\{"title":"The Left Hand of Darkness"\},\{"title":"The Dispossessed"\}\][^]*"id":"3","author":\{"books":\[\{"title":"Solaris"\},\{"title":"The Cyberiad"\}\][^]*Cannot query field/,
  "rest-api":
    /\n201 (\{"id":"[\w-]+","text":"bread and butter"\})\n200 \1\n200 \[\1\]\n400 \{"message":"text is missing"\}\n204 \n404 \{"message":"there is no such note"\}\n/,
};

describe(
  "examples",
  skipReason(noTerraform() ?? (await noDocker()) ?? noProgram("aws") ?? noProgram("zip") ?? noProgram("npm")),
  () => {
    let hearth: RunningHearth;
    let folder: string;
    let mqtt: string;
    beforeAll(async () => {
      mqtt = `127.0.0.1:${await freePort()}`;
      hearth = await startHearth({ driver: "docker", env: { HEARTH_MQTT_LISTEN: mqtt } });
      folder = await mkdtemp(join(tmpdir(), "hearth-examples-"));
      const isSource = (path: string): boolean => !/\/(node_modules|\.terraform|[^/]*\.tfstate.*)$/.test(path);
      await cp(join(ROOT, "examples"), join(folder, "examples"), { recursive: true, filter: isSource });
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    const run = async (script: string, name: string): Promise<string> => {
      const aws = awsEnvironment(hearth.clientConfig);
      await using provider = await TerraformProvider.start(aws, join(folder, "examples", name));
      const env = { ...aws, ...provider.env, MQTT_URL: `mqtt://${mqtt}`, TF_CLI_CONFIG_FILE: "/dev/null" };
      const { code, stdout, stderr } = await runProgram("bash", ["-ec", script], {
        cwd: folder,
        env,
        timeoutMs: 500_000,
      });
      expect(code, `${script}\n${stdout}\n${stderr}`).toBe(0);
      return stdout;
    };

    // They wait most of their time: Terraform for queues, the scripts for events.
    describe.concurrent("from the commands of their pages", () => {
      test.each(Object.entries(EXAMPLES))("%s", async (name, outcome) => {
        const scripts = pageBlocks(`examples/${name}/README.md`).map(({ text }) => text);
        expect(scripts).toEqual([`cd examples/${name}\n./run.sh\n./run.sh --destroy\n`]);
        const output = await run(scripts.join(""), name);
        expect(output).toMatch(outcome);
        expect(output).toMatch(/^Destroy complete! Resources: [1-9]\d* destroyed\.$/m);
      });
    });

    test("leave no function behind", async () => {
      const lambda = lambdaClient(hearth);
      expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
      lambda.destroy();
    });
  },
);
