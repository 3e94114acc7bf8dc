import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { noDocker, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient, ROLE } from "../support/lambda.ts";

const accessPoint = (n: number): string =>
  `arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcde0${n}`;
const code = `import { readFileSync, writeFileSync } from "node:fs";
export const handler = async () => {
  const found = readFileSync("/mnt/data/in.txt", "utf8");
  let written = true;
  try {
    writeFileSync("/mnt/data/out.txt", found + " and back");
  } catch (error) {
    written = error.code;
  }
  return { found, written };
};
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-efs-"));
  await chmod(folder, 0o777);
  await writeFile(join(folder, "in.txt"), "there");
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const start = (driver: "docker" | "process"): Promise<RunningHearth> =>
  startHearth({
    driver,
    env: { HEARTH_FILE_SYSTEMS: `${accessPoint(1)}=${folder},${accessPoint(2)}=${folder}:ro` },
  });
const create = async (client: LambdaClient, Arn: string) =>
  await client.send(
    new CreateFunctionCommand({
      FunctionName: "refused",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: ROLE,
      Code: { ZipFile: await zipOf({ "index.mjs": code }) },
      FileSystemConfigs: [{ Arn, LocalMountPath: "/mnt/data" }],
    }),
  );

describe("file systems on the docker driver", skipReason(await noDocker()), () => {
  let hearth: RunningHearth;
  let client: LambdaClient;
  beforeAll(async () => {
    hearth = await start("docker");
    client = lambdaClient(hearth);
  });
  afterAll(async () => await hearth?.[Symbol.asyncDispose]());

  test("a function reads and writes the folder of an access point, unless it is read only", async () => {
    const FunctionName = "mounting";
    await createActive(client, { FunctionName, files: { "index.mjs": code } });
    const mount = async (n: number) => {
      const FileSystemConfigs = [{ Arn: accessPoint(n), LocalMountPath: "/mnt/data" }];
      await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, FileSystemConfigs }));
      await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 1 }, { FunctionName });
      const shown = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
      expect(shown.FileSystemConfigs).toEqual(FileSystemConfigs);
    };
    await mount(2);
    expect((await invoke(client, FunctionName, {})).payload).toEqual({ found: "there", written: "EROFS" });
    await mount(1);
    expect((await invoke(client, FunctionName, {})).payload).toEqual({ found: "there", written: true });
    expect(await readFile(join(folder, "out.txt"), "utf8")).toBe("there and back");
  });

  test("an access point that is not configured is refused", async () => {
    await expect(create(client, accessPoint(3))).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });
});

describe("file systems on the process driver", () => {
  test("are refused, since it mounts none", async () => {
    await using hearth = await start("process");
    await expect(create(lambdaClient(hearth), accessPoint(1))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("the process driver mounts none"),
    });
  });
});
