import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { noDocker, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { BOTO3_STORY } from "../support/boto3Story.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:story";

test(
  "boto3 creates, waits, updates, publishes, names, lists page by page, invokes and deletes, and understands every refusal",
  skipReason(await noDocker()),
  async () => {
    await using hearth = await startHearth({ driver: "docker" });
    const lambda = new LambdaClient(hearth.clientConfig);
    const iam = new IAMClient(hearth.clientConfig);
    const document = (statement: object): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const trust = { Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: "storyteller", AssumeRolePolicyDocument: document(trust) }),
    );
    const PolicyDocument = document({ Action: "*", Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName: "storyteller", PolicyName: "all", PolicyDocument }));
    const role = Role?.Arn ?? "";
    const FunctionName = "storyteller";
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: role,
        Runtime: "python3.13",
        Handler: "app.handler",
        Timeout: 240,
        MemorySize: 512,
        Code: { ZipFile: await zipOf({ "app.py": BOTO3_STORY }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 900, minDelay: 0.2, maxDelay: 1 }, { FunctionName });
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify({ role, name: "story" }) }),
    );
    const saw = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
    // The sandbox names Hearth as clients outside do, so the link leads to it from here.
    const link = String(saw["link"]);
    expect(link).toMatch(new RegExp(`^${hearth.clientConfig.endpoint}/story-bucket/told\\?`));
    expect(await (await fetch(link)).text()).toBe("by the function");
    expect(saw).toEqual({
      link,
      boto3: expect.stringMatching(/^1\./) as unknown,
      created: "Pending",
      active: ["Active", "Successful", { team: "a" }],
      updated: 7,
      published: "1",
      aliases: [["blue"], ["green"]],
      versions: [["$LATEST"], ["1"]],
      functions: [["story"], ["story-other"], ["storyteller"]],
      invoked: [200, "1", { n: 1 }, true],
      failed: [200, "Unhandled", "KeyError"],
      queued: 202,
      dry: 204,
      refused: {
        missing: [true, "ResourceNotFoundException", 404, `Function not found: ${ARN}-none`],
        taken: [true, "ResourceConflictException", 409, "Function already exist: story"],
        rule: [
          true,
          "InvalidParameterValueException",
          400,
          "$LATEST version cannot be deleted without deleting the function.",
        ],
        revision: [
          true,
          "PreconditionFailedException",
          412,
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        ],
        throttled: [true, "TooManyRequestsException", 429, "Rate Exceeded."],
        payload: [true, "InvalidRequestContentException", 400, expect.stringContaining("Could not parse request body")],
        large: [
          true,
          "RequestTooLargeException",
          413,
          "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ],
        constraints: [true, "ValidationException", 400, expect.stringMatching(/^2 validation errors detected: /)],
        referenced: [
          true,
          "ResourceConflictException",
          409,
          "Unable to delete version because the following aliases reference it: [blue]",
        ],
      },
      gone: [true, "ResourceNotFoundException", 404],
    });
    lambda.destroy();
    iam.destroy();
  },
);
