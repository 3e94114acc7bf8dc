import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { noDocker, skipReason, zipOf } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { PYTHON_CALLER } from "../../support/pythonCaller.ts";
import { accessTarget } from "./accessTarget.ts";

const missing = await noDocker();

describe.each([
  { driver: "process", HEARTH_EGRESS: "on", skip: undefined },
  { driver: "docker", HEARTH_EGRESS: "on", skip: missing },
  { driver: "docker", HEARTH_EGRESS: "off", skip: missing },
] as const)(
  "a Python function on the $driver driver, its network $HEARTH_EGRESS,",
  ({ driver, HEARTH_EGRESS, skip }) => {
    test(
      "calls Hearth with the credentials of its environment, also many times at once",
      skipReason(skip),
      async () => {
        await using target = await accessTarget({ driver, env: { HEARTH_EGRESS } });
        const lambda = new LambdaClient(target.config);
        const Role = await target.newRole({ Principal: { Service: "lambda.amazonaws.com" } });
        await lambda.send(
          new CreateFunctionCommand({
            FunctionName: "python",
            Role,
            Runtime: "python3.13",
            Handler: "app.handler",
            Timeout: 20,
            Code: { ZipFile: await zipOf({ "app.py": PYTHON_CALLER }) },
          }),
        );
        const wait = { client: lambda, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
        await waitUntilFunctionActiveV2(wait, { FunctionName: "python" });
        const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "python" }));
        const answers = JSON.parse(Buffer.from(Payload ?? []).toString()) as string[];
        expect(answers).toHaveLength(20);
        expect(new Set(answers.map((answer) => /<Arn>(.*)<\/Arn>/.exec(answer)?.[1]))).toEqual(
          new Set([`arn:aws:sts::000000000000:assumed-role/${Role.split("/").at(-1)}/python`]),
        );
      },
    );
  },
);
