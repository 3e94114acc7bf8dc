import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  awsEnvironment,
  dockerAvailable,
  findProgram,
  findProviderMirror,
  noProgram,
  noTerraform,
  readsEndpointUrl,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionToMove, REGION_OF_SOURCE } from "../support/functionToMove.ts";
import { invoke, lambdaClient } from "../support/lambda.ts";
import { hasLine, type PageBlock, pageBlocks, USER_PAGES } from "../support/pageBlocks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** What the pages call the endpoint. The test's own Hearth has another port. */
const WRITTEN_ENDPOINT = /http:\/\/(127\.0\.0\.1|localhost):4566/g;
/** `npx` starts a command by reading the tree of packages first, which takes longer than the command. One page waits for that. */
const PAGE_WITH_NPX = "docs/upgrade.md";
const DIRECT_NPX = `#!/bin/sh
[ "$1" = hearth ] && shift && exec node "${ROOT}/packages/cli/bin/hearth.mjs" "$@"
exec "${findProgram("npx")}" "$@"
`;
/** Keeps exported variables from one block of a page to the next, as the reader's shell does. */
const PROLOGUE = `set -eo pipefail
[ ! -e "$STATE" ] || . "$STATE"
trap 'export -p >"$STATE"' EXIT
`;

const missing: Readonly<Record<string, string | undefined>> = {
  terraform: noTerraform(),
  aws: noProgram("aws"),
  zip: noProgram("zip"),
  python3: (await hasBoto3()) ? undefined : "python3 with boto3 is not installed",
};

async function hasBoto3(): Promise<boolean> {
  return findProgram("python3") !== undefined && (await runProgram("python3", ["-c", "import boto3"])).code === 0;
}

/** Why a block cannot be run here: a program that it starts is missing. */
function whyNot({ kind, text }: PageBlock): string | undefined {
  if (kind === "file") return undefined;
  const starts = (program: string): boolean => new RegExp(`(^|&&|\\|)\\s*${program} `, "m").test(text);
  return Object.keys(missing)
    .filter(starts)
    .map((program) => missing[program])
    .find((reason) => reason !== undefined);
}

describe("commands that the pages for users show", () => {
  let hearth: RunningHearth;
  let programs: string;
  let direct: string;
  beforeAll(async () => {
    hearth = await startHearth({
      driver: (await dockerAvailable()) ? "docker" : "process",
      env: { HEARTH_REGIONS: REGION_OF_SOURCE },
    });
    programs = await mkdtemp(join(tmpdir(), "hearth-programs-"));
    direct = join(programs, "direct");
    await mkdir(direct);
    await writeFile(join(direct, "npx"), DIRECT_NPX, { mode: 0o755 });
    const aws = findProgram("aws");
    if (aws === undefined || (await readsEndpointUrl(aws))) return;
    // What the pages tell owners of an old `aws` to do.
    const wrapper = join(programs, "aws");
    await writeFile(wrapper, `#!/bin/sh\nexec ${aws} --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n`);
    await chmod(wrapper, 0o755);
  });
  afterAll(async () => {
    await hearth[Symbol.asyncDispose]();
    await rm(programs, { recursive: true, force: true });
  });

  describe.each(USER_PAGES)("%s", (page) => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "hearth-page-"));
      await chmod(folder, 0o755); // a restored database belongs to another user than root
      if (page === "docs/migrate-from-aws.md") await functionToMove(hearth.clientConfig, folder);
      // The reader's shell is in the clone.
      for (const name of ["package.json", "packages", "node_modules"])
        await symlink(join(ROOT, name), join(folder, name));
    });
    afterAll(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    /** README's tour exports these variables itself; the other pages say that they are needed. */
    const environment = (): NodeJS.ProcessEnv => {
      const env = Object.entries(awsEnvironment(hearth.clientConfig));
      const isExportedByPage = (name: string): boolean =>
        page === "README.md" && /^AWS_(ENDPOINT|ACCESS|SECRET|.*REGION)/.test(name);
      return {
        ...Object.fromEntries(env.filter(([name]) => !isExportedByPage(name))),
        PATH: [...(page === PAGE_WITH_NPX ? [] : [direct]), programs, process.env["PATH"]].join(delimiter),
        STATE: join(folder, ".state"),
        SOURCE_ENDPOINT_URL: hearth.endpoint,
        HEARTH_DATA: hearth.dataDirectory,
        AWS_CONFIG_FILE: join(folder, ".aws-config"),
        AWS_SHARED_CREDENTIALS_FILE: join(folder, ".aws-credentials"),
        TF_CLI_CONFIG_FILE: "/dev/null",
        TF_IN_AUTOMATION: "1",
        TF_CLI_ARGS: "-no-color",
        TF_CLI_ARGS_init: `-plugin-dir=${findProviderMirror()}`,
        TF_CLI_ARGS_apply: "-auto-approve",
        TF_CLI_ARGS_destroy: "-auto-approve",
      };
    };

    /** Logs are written every second. A reader takes longer than that from one block to the next; a test does not. */
    const logGroupOf = async (script: string): Promise<void> => {
      const logGroupNamePrefix = /--log-group-name (\S+)/.exec(script)?.[1];
      if (logGroupNamePrefix === undefined || script.includes("create-log-group")) return;
      const logs = new CloudWatchLogsClient(hearth.clientConfig);
      const found = async () => (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups;
      await expect.poll(found, { timeout: 60_000 }).toHaveLength(1);
      logs.destroy();
    };

    for (const block of pageBlocks(page)) {
      const { line, kind } = block;
      const title = kind === "file" ? block.name : (block.text.split("\n")[0] ?? "");
      test(`line ${line}: ${title}`, skipReason(whyNot(block)), async () => {
        const text = block.text.replaceAll(WRITTEN_ENDPOINT, hearth.endpoint);
        if (block.kind === "file") return await writeFile(join(folder, block.name), text);
        await logGroupOf(text);
        const script = `${PROLOGUE}${text}`;
        const { code, stdout, stderr } = await runProgram("bash", ["-c", script], { cwd: folder, env: environment() });
        const output = `${stdout}\n${stderr}`;
        expect(code === 0, `ended with ${code}:\n${text}\n${output}`).toBe(!block.fails);
        for (const expected of block.prints)
          expect(hasLine(output, expected), `${expected}\n\nin\n${output}`).toBe(true);
      });
    }

    if (page !== "docs/migrate-from-aws.md") return;
    test("the function that was moved has its layer and its variables", skipReason(missing["python3"]), async () => {
      const lambda = lambdaClient(hearth);
      const { payload } = await invoke(lambda, "resize", {});
      lambda.destroy();
      // The process driver mounts no layers.
      const expected: unknown = hearth.driver === "docker" ? ["layer", "small"] : expect.anything();
      expect(payload).toEqual(expected);
    });
  });
});
