import {
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionCodeCommand,
  type UpdateFunctionCodeCommandInput,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import { FUNCTION_IMAGES, makeImages, noDocker, shellAnswer, shellEvent, skipReason, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

const MINUTES_MS = 10 * 60_000;
/** For TARGET=aws: where the two images of docker/function are in ECR. */
const [first = FUNCTION_IMAGES.first, second = FUNCTION_IMAGES.second] =
  process.env["HEARTH_TEST_IMAGES"]?.split(",") ?? [];
const IMAGE = { PackageType: "Image", Runtime: undefined, Handler: undefined } as const;
const isAws = process.env["TARGET"] === "aws";
const missing = isAws ? (process.env["HEARTH_TEST_IMAGES"] ? undefined : "no images in ECR") : await noDocker();

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

const updateWith =
  ({ client }: LambdaTarget) =>
  (FunctionName: string, input: Partial<UpdateFunctionCodeCommandInput>) =>
    client.send(new UpdateFunctionCodeCommand({ FunctionName, ...input }));
const configureWith =
  ({ client }: LambdaTarget) =>
  (FunctionName: string, input: Partial<UpdateFunctionConfigurationCommandInput>) =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...input }));

describe("what does not go with a package type", () => {
  const create = async (more: Partial<CreateFunctionCommandInput>) =>
    target.client.send(
      new CreateFunctionCommand({
        FunctionName: target.newName(),
        Role: target.Role,
        Code: { ImageUri: `${target.accountId}.dkr.ecr.${target.region}.amazonaws.com/none:1` },
        ...more,
      }),
    );
  const refused = (message: string) => ({ name: "InvalidParameterValueException", status: 400, message });
  const tooMuch = refused(
    "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
  );

  test.each([
    ["Runtime", { Runtime: "nodejs22.x" } as const],
    ["Handler", { Handler: "index.handler" }],
    ["Layers", { Layers: ["arn:aws:lambda:us-east-1:000000000000:layer:any:1"] }],
  ])("an image with %s", async (_what, more) => {
    expect(await refusal(create({ PackageType: "Image", ...more }))).toEqual(tooMuch);
  });

  test("an archive as code of PackageType Image", async () => {
    const Code = { ZipFile: await zipOf({ "index.js": "" }) };
    expect(await refusal(create({ PackageType: "Image", Code }))).toEqual(
      refused("Please provide ImageUri when creating a function with packageType Image."),
    );
  });

  test("an image as code of PackageType Zip, which is the default", async () => {
    expect(await refusal(create({ Runtime: "nodejs22.x", Handler: "index.handler" }))).toEqual(
      refused("Please don't provide ImageUri when creating a function with packageType Zip."),
    );
  });

  test("no code at all", async () => {
    expect(await refusal(create({ PackageType: "Image", Code: {} }))).toEqual(
      refused("Please provide a source for function code."),
    );
  });

  test("lists and names that are too long in ImageConfig", async () => {
    const wish = { Command: Array.from({ length: 1501 }, () => "x"), WorkingDirectory: "x".repeat(1001) };
    const { name, message } = await refusal(create({ PackageType: "Image", ImageConfig: wish }));
    expect(name).toBe("ValidationException");
    expect(message).toMatch(
      /^2 validation errors detected: Value '\[x, [^]*' at 'imageConfig.command' failed to satisfy/,
    );
    expect(message).toContain("' at 'imageConfig.workingDirectory' failed to satisfy constraint");
  });

  test("updates of a function that has an archive by an image, and ImageConfig for it", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(updateWith(target)(FunctionName, { ImageUri: first }))).toEqual(
      refused("Please don't provide ImageUri when updating a function with packageType Zip."),
    );
    expect(await refusal(configureWith(target)(FunctionName, { ImageConfig: { Command: ["x"] } }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
  });
});

describe("functions made of an image", skipReason(missing), () => {
  let made: FunctionConfiguration & { readonly FunctionName: string };
  let target: LambdaTarget;
  beforeAll(async () => {
    if (!isAws) await makeImages("function");
    target = await lambdaTarget({ driver: "docker" });
    made = await newImageFunction();
  }, MINUTES_MS);
  afterAll(async () => await target?.[Symbol.asyncDispose](), MINUTES_MS);

  const update: ReturnType<typeof updateWith> = (...input) => updateWith(target)(...input);
  const configure: ReturnType<typeof configureWith> = (...input) => configureWith(target)(...input);
  const newImageFunction = (input: Partial<CreateFunctionCommandInput> = {}) =>
    target.newFunction({ ...IMAGE, Code: { ImageUri: first }, Timeout: 10, ...input });
  async function run(FunctionName: string, commands: string): Promise<string> {
    const Payload = Buffer.from(JSON.stringify(shellEvent(commands)));
    const answer = await target.client.send(new InvokeCommand({ FunctionName, Payload }));
    expect(answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()).toBeUndefined();
    return shellAnswer(answer.Payload ?? new Uint8Array()).out.trim();
  }

  test("are shown with the digest as CodeSha256, without size, runtime, handler and location", async () => {
    expect(made).toMatchObject({
      PackageType: "Image",
      CodeSize: 0,
      CodeSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { FunctionName, CodeSha256 } = made;
    const { Code, Configuration } = await target.client.send(new GetFunctionCommand({ FunctionName }));
    expect(Code).toEqual({
      RepositoryType: "ECR",
      ImageUri: first,
      ResolvedImageUri: `${first.replace(/:[^:/]*$/, "")}@sha256:${CodeSha256}`,
    });
    for (const member of ["Runtime", "Handler", "Layers", "ImageConfigResponse", "RuntimeVersionConfig"])
      expect(Configuration).not.toHaveProperty(member);
    expect(Configuration).toMatchObject({ State: "Active", LastUpdateStatus: "Successful", PackageType: "Image" });
  });

  test("answer invocations, streamed ones and by DryRun too", async () => {
    const { FunctionName } = made;
    expect(await run(FunctionName, 'echo "$GREETING $AWS_LAMBDA_FUNCTION_NAME $#"')).toBe(`hello ${FunctionName} 2`);
    const Payload = Buffer.from(JSON.stringify(shellEvent("echo streamed")));
    const streamed = await target.client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload }));
    const chunks: Uint8Array[] = [];
    for await (const { PayloadChunk } of streamed.EventStream ?? []) chunks.push(PayloadChunk?.Payload ?? Buffer.of());
    expect(shellAnswer(Buffer.concat(chunks)).out).toBe("streamed\n");
    const dry = await target.client.send(new InvokeCommand({ FunctionName, InvocationType: "DryRun" }));
    expect(dry.StatusCode).toBe(204);
  });

  test("name an image that there is, and by a name that could be one", async () => {
    const create = (ImageUri: string) => refusal(newImageFunction({ Code: { ImageUri } }));
    // Nothing answers there, so it is not known whether the image exists.
    const none = isAws ? first.replace(/:[^:/]*$/, ":none-such") : "registry.invalid/hearth/none-such:1";
    const why: unknown = isAws
      ? `Source image ${none} does not exist. Provide a valid source image.`
      : expect.stringMatching(`^Source image ${none} could not be looked up: its registry did not say`);
    expect(await create(none)).toEqual({ name: "InvalidParameterValueException", status: 400, message: why });
    for (const wrong of ["Not An Image", "x:", "x@sha256:12", "https://example.com/x:1"]) {
      expect(await create(wrong)).toMatchObject({
        name: "InvalidParameterValueException",
        message: `Source image ${wrong} is not valid. Provide a valid source image.`,
      });
    }
    expect(await refusal(update(made.FunctionName, { ImageUri: none }))).toMatchObject({ message: why });
  });

  test("keep their ImageConfig until another or an empty one comes", async () => {
    const ImageConfig = { EntryPoint: ["/bin/busybox", "sh", "/main"], Command: ["only"], WorkingDirectory: "/bin" };
    const { FunctionName, ...created } = await newImageFunction({ ImageConfig });
    expect(created.ImageConfigResponse).toEqual({ ImageConfig });
    expect(await run(FunctionName, 'echo "$* $PWD"')).toBe("only /bin");
    await configure(FunctionName, { Description: "another", Layers: [] });
    await target.updated(FunctionName);
    const read = () => target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect((await read()).ImageConfigResponse).toEqual({ ImageConfig });
    expect((await configure(FunctionName, { ImageConfig: {} })).ImageConfigResponse).toBeUndefined();
    await target.updated(FunctionName);
    expect(await read()).not.toHaveProperty("ImageConfigResponse");
    expect(await run(FunctionName, 'echo "$# $PWD"')).toBe("2 /work");
    expect(await refusal(configure(FunctionName, { Handler: "x.y" }))).toMatchObject({
      message: "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    });
  });

  test("are updated to another image, checked alone by DryRun, and never to an archive", async () => {
    const { FunctionName, CodeSha256, RevisionId } = await newImageFunction();
    const checked = await update(FunctionName, { ImageUri: second, DryRun: true });
    expect(checked.CodeSha256).not.toBe(CodeSha256);
    expect(await run(FunctionName, "echo $GREETING")).toBe("hello");
    const outdated = update(FunctionName, { ImageUri: second, RevisionId: "00000000-0000-0000-0000-000000000000" });
    expect(await refusal(outdated)).toMatchObject({ name: "PreconditionFailedException" });
    const updated = await update(FunctionName, { ImageUri: second, Publish: true });
    expect(updated).toMatchObject({ Version: "1", CodeSha256: checked.CodeSha256, CodeSize: 0 });
    expect(updated.RevisionId).not.toBe(RevisionId);
    await target.updated(FunctionName);
    expect(await run(`${FunctionName}:1`, "echo $GREETING")).toBe("again");
    expect(await refusal(update(FunctionName, { ZipFile: await zipOf({ "index.js": "" }) }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Please provide ImageUri when updating a function with packageType Image.",
    });
  });

  test("are published by their digest, have aliases and provisioned concurrency, and are deleted", async () => {
    const { FunctionName, CodeSha256 } = await newImageFunction({ Publish: true });
    const again = await target.client.send(new PublishVersionCommand({ FunctionName, CodeSha256 }));
    expect(again).toMatchObject({ Version: "1", CodeSha256 });
    const other = "0".repeat(64);
    expect(
      await refusal(target.client.send(new PublishVersionCommand({ FunctionName, CodeSha256: other }))),
    ).toMatchObject({
      name: "InvalidParameterValueException",
      message: `CodeSHA256 (${other}) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const wanted = { FunctionName, Qualifier: "live" };
    await target.client.send(
      new PutProvisionedConcurrencyConfigCommand({ ...wanted, ProvisionedConcurrentExecutions: 1 }),
    );
    const status = async () =>
      (await target.client.send(new GetProvisionedConcurrencyConfigCommand(wanted))).Status ?? "";
    await expect.poll(status, { timeout: 60_000, interval: isAws ? 5000 : 50 }).toBe("READY");
    expect(await run(`${FunctionName}:live`, "echo $AWS_LAMBDA_INITIALIZATION_TYPE")).toBe("provisioned-concurrency");
    await target.client.send(new DeleteFunctionCommand({ FunctionName }));
    expect(await refusal(run(FunctionName, ":"))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("cannot have code signing", async () => {
    const CodeSigningConfigArn = `arn:aws:lambda:${target.region}:${target.accountId}:code-signing-config:csc-0123456789abcdef0`;
    expect(await refusal(newImageFunction({ CodeSigningConfigArn }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
  });
});
