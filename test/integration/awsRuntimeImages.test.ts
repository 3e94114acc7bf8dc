import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PutRuntimeManagementConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import {
  makeImages,
  noDocker,
  pushAwsLikeImage,
  type RunningHearth,
  skipReason,
  startHearth,
  TestRegistry,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient, ROLE } from "../support/lambda.ts";

const MINUTES_MS = 10 * 60_000;
const PATIENCE = { timeout: 120_000, interval: 200 };
const WAIT = { maxWaitTime: 120, minDelay: 0.1, maxDelay: 1 };
const FUNCTION = `import os
def handler(event, context):
    with open("/var/runtime/release") as file:
        release = file.read().strip()
    names = ("AWS_EXECUTION_ENV", "ONLY_IN_IMAGE", "_HANDLER", "LAMBDA_TASK_ROOT", "TZ")
    return {"release": release, "event": event, "env": [os.environ.get(name) for name in names], "hearth": [name for name in os.environ if "HEARTH" in name]}
`;

describe("functions in AWS's images of their runtimes", { timeout: 180_000, ...skipReason(await noDocker()) }, () => {
  let registry: TestRegistry;
  let hearth: RunningHearth;
  let client: LambdaClient;
  beforeAll(async () => {
    await makeImages("registry", "provided.al2023");
    registry = await TestRegistry.start();
    await push("one");
    hearth = await startHearth({ driver: "docker", env: { HEARTH_RUNTIME_IMAGES: `${registry.host}/lambda` } });
    client = lambdaClient(hearth, 3);
    for (const FunctionName of ["auto", "kept"]) {
      const wish = { FunctionName, Runtime: "python3.12", Handler: "app.handler" } as const;
      await createActive(client, { ...wish, files: { "app.py": FUNCTION } });
    }
  }, MINUTES_MS);
  afterAll(async () => {
    await hearth?.[Symbol.asyncDispose]();
    const own = await registry?.docker.listImages({ filters: { reference: [`${registry.host}/lambda/python`] } });
    for (const { Id } of own ?? []) await registry.docker.getImage(Id).remove({ force: true });
    await registry?.[Symbol.asyncDispose]();
  }, 60_000);

  const push = (release: string): Promise<void> =>
    pushAwsLikeImage(registry.docker, `${registry.host}/lambda/python:3.12`, release);
  const digestAtRegistry = async (): Promise<string> => {
    const headers = { Accept: "application/vnd.docker.distribution.manifest.v2+json" };
    const answer = await fetch(`http://${registry.host}/v2/lambda/python/manifests/3.12`, { headers });
    return answer.headers.get("docker-content-digest")?.replace("sha256:", "") ?? "";
  };
  const configuration = (FunctionName: string) => client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const versionOf = async (FunctionName: string): Promise<string | undefined> =>
    (await configuration(FunctionName)).RuntimeVersionConfig?.RuntimeVersionArn?.split("runtime:")[1];
  const releaseOf = async (FunctionName: string): Promise<unknown> =>
    ((await invoke(client, FunctionName, {})).payload as { release: string }).release;

  test("a function runs in the image, started by the image's own bootstrap, with Lambda's environment", async () => {
    expect((await invoke(client, "auto", { n: 1 })).payload).toEqual({
      release: "one",
      event: { n: 1 },
      env: ["AWS_Lambda_python3.12", "one", "app.handler", "/var/task", ":UTC"],
      hearth: [],
    });
    const { StateReason } = await configuration("auto");
    expect(StateReason).toBeUndefined();
    expect(await versionOf("auto")).toBe(await digestAtRegistry());
  });

  test("a newer image is taken by functions on Auto, by others with an update, and the older one by those that name it", async () => {
    const older = await versionOf("kept");
    await client.send(
      new PutRuntimeManagementConfigCommand({ FunctionName: "kept", UpdateRuntimeOn: "FunctionUpdate" }),
    );
    await push("two");
    // As if the registry had been asked a long time ago.
    const file = join(hearth.dataDirectory, "aws-runtimes", "python3.12.json");
    await hearth.kill("SIGTERM");
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), askedAtMs: 0 }));
    await hearth.start();
    client = lambdaClient(hearth, 3);
    await expect.poll(() => versionOf("auto"), PATIENCE).toBe(await digestAtRegistry());
    await expect.poll(() => releaseOf("auto"), PATIENCE).toBe("two");
    expect([await releaseOf("kept"), await versionOf("kept")]).toEqual(["one", older]);

    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "kept", Description: "updated" }));
    await waitUntilFunctionUpdatedV2({ client, ...WAIT }, { FunctionName: "kept" });
    expect(await releaseOf("kept")).toBe("two");

    const { RuntimeVersionConfig } = await configuration("kept");
    const pinned = RuntimeVersionConfig?.RuntimeVersionArn?.replace(/[^:]*$/, older ?? "");
    const manual = { UpdateRuntimeOn: "Manual", RuntimeVersionArn: pinned } as const;
    await client.send(new PutRuntimeManagementConfigCommand({ FunctionName: "auto", ...manual }));
    await expect.poll(() => releaseOf("auto"), PATIENCE).toBe("one");
    expect(await versionOf("auto")).toBe(older);
  });

  test("a runtime whose image the registry does not have fails with the image's name, and runs in no other", async () => {
    const Code = { ZipFile: await zipOf({ "app.rb": "def handler(event:, context:) = event" }) };
    const wish = { FunctionName: "absent", Runtime: "ruby3.3", Handler: "app.handler", Role: ROLE, Code } as const;
    await client.send(new CreateFunctionCommand(wish));
    await expect.poll(async () => (await configuration("absent")).State, PATIENCE).toBe("Failed");
    const { StateReasonCode, StateReason } = await configuration("absent");
    expect(StateReasonCode).toBe("InvalidRuntime");
    expect(StateReason).toContain(
      `ruby3.3 runs in AWS's image ${registry.host}/lambda/ruby:3.3, which cannot be had: its registry does not have it`,
    );
  });
});
