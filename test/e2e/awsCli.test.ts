import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsCli,
  awsCli,
  findProgram,
  installedAws,
  noDocker,
  noProgram,
  type RunningHearth,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const handler = (greeting: string): string => `import json

def lambda_handler(event, context):
    return {"statusCode": 200, "body": json.dumps("${greeting}")}
`;

/** The installed command itself, and the one of all other tests (packages/testkit/src/forkedAws.ts). */
const drivers = [
  { driver: "process", command: installedAws(), missing: noProgram("aws") },
  { driver: "docker", command: findProgram("aws"), missing: noProgram("aws") ?? (await noDocker()) },
] as const;

describe.each(drivers)("the aws command on the $driver driver", ({ driver, command, missing }) => {
  describe("an unmodified aws command", skipReason(missing), () => {
    let hearth: RunningHearth;
    let folder: string;
    let aws: AwsCli;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "hearth-cli-"));
      hearth = await startHearth({ driver });
      aws = await awsCli(hearth.clientConfig, folder, command);
    });
    afterAll(async () => {
      await hearth?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const zip = async (greeting: string): Promise<void> =>
      await writeFile(join(folder, "function.zip"), await zipOf({ "lambda_function.py": handler(greeting) }));
    const invoke = async (...more: string[]): Promise<unknown> => {
      const answer = JSON.parse(
        await aws("lambda", "invoke", "--function-name", "myLambdaFunction", ...more, "out.json"),
      ) as object;
      expect(answer).toMatchObject({ StatusCode: 200 });
      expect(answer).not.toHaveProperty("FunctionError");
      return JSON.parse(await readFile(join(folder, "out.json"), "utf8"));
    };

    test("creates, invokes, updates, publishes, names and deletes a function", async () => {
      await zip("Hello from AWS Lambda!");
      const created = JSON.parse(
        await aws(
          ...["lambda", "create-function", "--function-name", "myLambdaFunction", "--runtime", "python3.9"],
          ...["--role", "arn:aws:iam::000000000000:role/lambda-execution-role"],
          ...["--handler", "lambda_function.lambda_handler", "--zip-file", "fileb://function.zip"],
        ),
      ) as object;
      expect(created).toMatchObject({
        FunctionName: "myLambdaFunction",
        State: "Pending",
        StateReasonCode: "Creating",
      });
      await aws("lambda", "wait", "function-active-v2", "--function-name", "myLambdaFunction");
      expect(await invoke()).toEqual({ statusCode: 200, body: '"Hello from AWS Lambda!"' });

      await zip("Hello again");
      const update = [
        "lambda",
        "update-function-code",
        "--function-name",
        "myLambdaFunction",
        "--zip-file",
        "fileb://function.zip",
      ];
      expect(JSON.parse(await aws(...update))).toMatchObject({ LastUpdateStatus: "InProgress" });
      await aws("lambda", "wait", "function-updated-v2", "--function-name", "myLambdaFunction");
      for (let i = 0; i < 3; i++) expect(await invoke()).toEqual({ statusCode: 200, body: '"Hello again"' });

      const published = JSON.parse(
        await aws("lambda", "publish-version", "--function-name", "myLambdaFunction"),
      ) as object;
      expect(published).toMatchObject({ Version: "1", State: "Active" });
      const alias = ["--function-name", "myLambdaFunction", "--name", "prod", "--function-version", "1"];
      expect(JSON.parse(await aws("lambda", "create-alias", ...alias))).toMatchObject({
        Name: "prod",
        FunctionVersion: "1",
      });
      expect(await invoke("--qualifier", "prod")).toEqual({ statusCode: 200, body: '"Hello again"' });

      await aws("lambda", "delete-function", "--function-name", "myLambdaFunction");
      await expect(aws("lambda", "get-function", "--function-name", "myLambdaFunction")).rejects.toThrow(
        "ResourceNotFoundException",
      );
      expect(JSON.parse(await aws("lambda", "list-functions"))).toEqual({ Functions: [] });
    });

    test("looks up its own calls in the audit trail", async () => {
      await aws("logs", "create-log-group", "--log-group-name", "seen");
      const attribute = "AttributeKey=ResourceName,AttributeValue=seen";
      const found = JSON.parse(await aws("cloudtrail", "lookup-events", "--lookup-attributes", attribute)) as object;
      expect(found).toMatchObject({ Events: [{ EventName: "CreateLogGroup", EventSource: "logs.amazonaws.com" }] });
    });

    test("gets an error at once for an operation that is not built", async () => {
      await expect(aws("dynamodb", "list-backups")).rejects.toThrow("NotImplementedException");
    });
  });
});
