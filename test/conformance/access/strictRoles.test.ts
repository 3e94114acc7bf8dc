import { CreateFunctionCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { accessTarget } from "./accessTarget.ts";

test("with HEARTH_STRICT_ROLES, Lambda must be able to assume a function's role", async () => {
  await using target = await accessTarget({ env: { HEARTH_STRICT_ROLES: "1" } });
  const lambda = new LambdaClient(target.config);
  const ZipFile = await zipOf(sampleFunctions.nodeEcho);
  const create = async (Role: string) =>
    await refusal(
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: "strict",
          Role,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Code: { ZipFile },
        }),
      ),
    );
  const refused = {
    name: "InvalidParameterValueException",
    status: 400,
    message: "The role defined for the function cannot be assumed by Lambda.",
  };
  const role = await target.newRole({ Principal: { Service: "lambda.amazonaws.com" } });
  const others = await target.newRole({ Principal: { Service: "ec2.amazonaws.com" } });
  expect(await create("arn:aws:iam::000000000000:role/not-there")).toEqual(refused);
  expect(await create(others)).toEqual(refused);
  expect(await create(role.replace("000000000000", "111111111111"))).toMatchObject({ name: "AccessDeniedException" });
  expect(await create(role.replace("role/", "role/path/"))).toEqual(refused);
  expect((await create(role)).message).toBe("it succeeded");
  const update = new UpdateFunctionConfigurationCommand({ FunctionName: "strict", Role: others });
  expect(await refusal(lambda.send(update))).toEqual(refused);
});
