import {
  AddLayerVersionPermissionCommand,
  type Architecture,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  paginateListLayerVersions,
  RemoveLayerVersionPermissionCommand,
  type Runtime,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";
import { layerArnOf, publishLayer } from "./publishLayer.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const layerArn = (LayerName: string, version?: number) => layerArnOf(target, LayerName, version);
const publish = (LayerName: string, input?: Parameters<typeof publishLayer>[2]) =>
  publishLayer(target, LayerName, input);

const permit = (
  LayerName: string,
  input: { StatementId?: string; Principal?: string; OrganizationId?: string; RevisionId?: string } = {},
) =>
  target.client.send(
    new AddLayerVersionPermissionCommand({
      LayerName,
      VersionNumber: 1,
      StatementId: "s1",
      Action: "lambda:GetLayerVersion",
      Principal: "123456789012",
      ...input,
    }),
  );

describe("PublishLayerVersion", () => {
  test("answers with the version, its archive and the given description, runtimes and licence", async () => {
    const LayerName = target.newName();
    const ZipFile = await zipOf({ "python/one.py": "VALUE = 1\n" });
    const published = await publish(LayerName, {
      Content: { ZipFile },
      Description: "one",
      LicenseInfo: "MIT",
      CompatibleRuntimes: ["python3.13", "python3.12"],
      CompatibleArchitectures: ["x86_64"],
    });
    expect(published).toMatchObject({
      LayerArn: layerArn(LayerName),
      LayerVersionArn: layerArn(LayerName, 1),
      Version: 1,
      Description: "one",
      LicenseInfo: "MIT",
      CompatibleRuntimes: ["python3.13", "python3.12"],
      CompatibleArchitectures: ["x86_64"],
      Content: { CodeSize: ZipFile.byteLength, CodeSha256: expect.stringMatching(/^[0-9A-Za-z+/]{43}=$/) },
    });
    expect(published.CreatedDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  });

  test("echoes empty lists, also later, and leaves out those that were not given", async () => {
    const LayerName = target.newName();
    const empty = { CompatibleRuntimes: [], CompatibleArchitectures: [] };
    expect(await publish(LayerName, empty)).toMatchObject(empty);
    expect(await target.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }))).toMatchObject(empty);
    const absent = await publish(LayerName, { CompatibleArchitectures: [] });
    expect([absent.CompatibleRuntimes, absent.CompatibleArchitectures]).toEqual([undefined, []]);
  });

  test("refuses runtimes before architectures, in AWS's words, and takes old runtimes", async () => {
    const LayerName = target.newName();
    const CompatibleRuntimes = ["python3.13", "cobol85"] as Runtime[];
    const CompatibleArchitectures = ["x86_64", "z80"] as Architecture[];
    expect(await refusal(publish(LayerName, { CompatibleRuntimes, CompatibleArchitectures }))).toEqual({
      name: "ValidationException",
      status: 400,
      message: expect.stringMatching(
        /^2 validation errors detected: Value '\[python3\.13, cobol85\]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: \[[a-z0-9., ]+\]; Value '\[x86_64, z80\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
      ),
    });
    const old: Runtime[] = ["python3.7", "nodejs12.x", "java8", "go1.x", "ruby2.7", "provided"];
    expect((await publish(LayerName, { CompatibleRuntimes: old })).CompatibleRuntimes).toEqual(old);
  });

  test("numbers versions from 1 and never reuses the number of a deleted version", async () => {
    const LayerName = target.newName();
    expect((await publish(LayerName)).Version).toBe(1);
    expect((await publish(LayerName)).Version).toBe(2);
    await target.client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 2 }));
    expect((await publish(layerArn(LayerName))).Version).toBe(3);
  });

  test("refuses an invalid archive, content without a source, and unknown runtimes", async () => {
    const LayerName = target.newName();
    expect(await refusal(publish(LayerName, { Content: { ZipFile: Buffer.from("no zip") } }))).toMatchObject({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Could not unzip uploaded file. Please check your file, then try to upload again.",
    });
    expect(await refusal(publish(LayerName, { Content: {} }))).toMatchObject({
      name: "InvalidParameterValueException",
      status: 400,
    });
    const CompatibleRuntimes = ["cobol85" as Runtime];
    expect(await refusal(publish(LayerName, { CompatibleRuntimes }))).toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("Value '[cobol85]' at 'compatibleRuntimes' failed to satisfy constraint"),
    });
    expect(await refusal(publish("not a name"))).toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("at 'layerName' failed to satisfy constraint: Member must satisfy regular"),
    });
  });

  test("counts in the account's code size", async () => {
    const size = async () =>
      (await target.client.send(new GetAccountSettingsCommand({}))).AccountUsage?.TotalCodeSize ?? 0;
    const before = await size();
    const { Content } = await publish(target.newName());
    expect(await size()).toBe(before + (Content?.CodeSize ?? 0));
  });
});

describe("GetLayerVersion", () => {
  test("answers by number, by the layer's ARN and by the version's ARN, with a link to the archive", async () => {
    const LayerName = target.newName();
    const ZipFile = await zipOf({ "python/one.py": "VALUE = 'linked'\n" });
    const {
      Content: _content,
      $metadata: _metadata,
      ...published
    } = await publish(LayerName, { Content: { ZipFile } });
    const answers = [
      await target.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 })),
      await target.client.send(new GetLayerVersionCommand({ LayerName: layerArn(LayerName), VersionNumber: 1 })),
      await target.client.send(new GetLayerVersionByArnCommand({ Arn: layerArn(LayerName, 1) })),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject(published);
      const downloaded = await fetch(answer.Content?.Location ?? "");
      expect(Buffer.from(await downloaded.arrayBuffer()).equals(ZipFile)).toBe(true);
    }
  });

  test("answers 404 for a missing layer or version", async () => {
    const LayerName = target.newName();
    const missing = {
      name: "ResourceNotFoundException",
      status: 404,
      message: "The resource you requested does not exist.",
    };
    expect(await refusal(target.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 })))).toEqual(
      missing,
    );
    expect(await refusal(target.client.send(new GetLayerVersionByArnCommand({ Arn: layerArn(LayerName, 1) })))).toEqual(
      missing,
    );
  });

  test("refuses a number below 1 and an ARN without a version", async () => {
    const LayerName = target.newName();
    for (const send of [
      () => target.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 0 })),
      () => target.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: -1 })),
      () => target.client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: -1 })),
    ]) {
      expect(await typedRefusal(send())).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        Type: "User",
        message: "Layer Version Cannot be less than 1",
      });
    }
    const byArn = new GetLayerVersionByArnCommand({ Arn: layerArn("name") });
    expect(await refusal(target.client.send(byArn))).toEqual({
      name: "ValidationException",
      status: 400,
      message: `1 validation error detected: Value '${layerArn("name")}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`,
    });
  });

  test("is deleted without a word when it does not exist", async () => {
    const removal = new DeleteLayerVersionCommand({ LayerName: target.newName(), VersionNumber: 1 });
    expect((await target.client.send(removal)).$metadata.httpStatusCode).toBe(204);
  });

  test("refuses another account's layer", async () => {
    const Arn = `arn:aws:lambda:${target.region}:210987654321:layer:theirs:1`;
    expect(await refusal(target.client.send(new GetLayerVersionByArnCommand({ Arn })))).toMatchObject({
      name: "AccessDeniedException",
      status: 403,
      message: expect.stringContaining(`is not authorized to perform: lambda:GetLayerVersion on resource: ${Arn}`),
    });
  });
});

describe("listings", () => {
  test("ListLayerVersions is newest first, in pages, filtered by runtime and architecture", async () => {
    const LayerName = target.newName();
    await publish(LayerName, { CompatibleRuntimes: ["python3.13"], CompatibleArchitectures: ["arm64"] });
    await publish(LayerName, { CompatibleRuntimes: ["nodejs22.x"] });
    await publish(LayerName, { CompatibleRuntimes: ["python3.13"] });
    const versions: (number | undefined)[] = [];
    for await (const page of paginateListLayerVersions({ client: target.client, pageSize: 2 }, { LayerName })) {
      expect(page.LayerVersions?.length).toBeLessThanOrEqual(2);
      versions.push(...(page.LayerVersions ?? []).map(({ Version }) => Version));
    }
    expect(versions).toEqual([3, 2, 1]);
    const matching = async (filter: object) => {
      const listed = await target.client.send(new ListLayerVersionsCommand({ LayerName, ...filter }));
      return (listed.LayerVersions ?? []).map(({ Version }) => Version);
    };
    expect(await matching({ CompatibleRuntime: "python3.13" })).toEqual([3, 1]);
    expect(await matching({ CompatibleArchitecture: "arm64" })).toEqual([1]);
    expect(await matching({ CompatibleRuntime: "java21" })).toEqual([]);
  });

  test("ListLayerVersions of a missing layer is empty", async () => {
    const listed = await target.client.send(new ListLayerVersionsCommand({ LayerName: target.newName() }));
    expect(listed.LayerVersions).toEqual([]);
  });

  test("ListLayers shows the newest version that matches", async () => {
    const LayerName = target.newName();
    await publish(LayerName, { CompatibleRuntimes: ["python3.13"], Description: "old" });
    await publish(LayerName, { CompatibleRuntimes: ["nodejs22.x"], Description: "new" });
    const shown = async (filter: object) => {
      const { Layers = [] } = await target.client.send(new ListLayersCommand(filter));
      return Layers.find((layer) => layer.LayerName === LayerName);
    };
    expect(await shown({})).toMatchObject({
      LayerArn: layerArn(LayerName),
      LatestMatchingVersion: { Version: 2, Description: "new", LayerVersionArn: layerArn(LayerName, 2) },
    });
    expect(await shown({ CompatibleRuntime: "python3.13" })).toMatchObject({
      LatestMatchingVersion: { Version: 1, Description: "old" },
    });
    expect(await shown({ CompatibleRuntime: "java21" })).toBeUndefined();
    const unknown = new ListLayersCommand({ CompatibleRuntime: "X" as Runtime });
    expect(await refusal(target.client.send(unknown))).toEqual({
      name: "ValidationException",
      status: 400,
      message: expect.stringContaining(
        "1 validation error detected: Value 'X' at 'compatibleRuntime' failed to satisfy constraint: Member must satisfy enum value set: [ruby3.5, ruby2.6, dotnetcore1.0, python3.7, ",
      ),
    });
    const tooMany = new ListLayersCommand({ MaxItems: 51 });
    expect(await refusal(target.client.send(tooMany))).toMatchObject({ name: "ValidationException", status: 400 });
  });
});

describe("permissions of a layer version", () => {
  test("are statements of a policy with a revision", async () => {
    const LayerName = target.newName();
    await publish(LayerName);
    const added = await permit(LayerName);
    const first = {
      Sid: "s1",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::123456789012:root" },
      Action: "lambda:GetLayerVersion",
      Resource: layerArn(LayerName, 1),
    };
    expect(JSON.parse(added.Statement ?? "")).toEqual(first);
    const organisation = await permit(LayerName, {
      StatementId: "org",
      Principal: "*",
      OrganizationId: "o-t194hfs8cz",
      ...(added.RevisionId && { RevisionId: added.RevisionId }),
    });
    const second = {
      ...first,
      Sid: "org",
      Principal: "*",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-t194hfs8cz" } },
    };
    expect(JSON.parse(organisation.Statement ?? "")).toEqual(second);
    const { Policy = "", RevisionId } = await target.client.send(
      new GetLayerVersionPolicyCommand({ LayerName, VersionNumber: 1 }),
    );
    expect(RevisionId).toBe(organisation.RevisionId);
    expect(JSON.parse(Policy)).toEqual({ Version: "2012-10-17", Id: "default", Statement: [first, second] });
  });

  test("are refused with an existing statement id, an old revision, an unknown version or action", async () => {
    const LayerName = target.newName();
    expect(await refusal(permit(LayerName))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Layer version ${layerArn(LayerName, 1)} does not exist.`,
    });
    await publish(LayerName);
    await permit(LayerName);
    expect(await refusal(permit(LayerName))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message:
        "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
    });
    const RevisionId = "00000000-0000-4000-8000-000000000000";
    const removal = { LayerName, VersionNumber: 1, StatementId: "s1" };
    const remove = (input: object) =>
      target.client.send(new RemoveLayerVersionPermissionCommand({ ...removal, ...input }));
    for (const stale of [() => permit(LayerName, { StatementId: "s2", RevisionId }), () => remove({ RevisionId })]) {
      expect(await refusal(stale())).toEqual({
        name: "PreconditionFailedException",
        status: 412,
        message:
          "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
      });
    }
    expect(await refusal(remove({ VersionNumber: 9 }))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Layer version ${layerArn(LayerName, 9)} does not exist.`,
    });
    expect(await refusal(permit(LayerName, { Principal: "s3.amazonaws.com" }))).toMatchObject({
      name: "ValidationException",
      status: 400,
    });
  });

  test("of a missing layer or version: the policy names the version", async () => {
    const LayerName = target.newName();
    const policy = () => target.client.send(new GetLayerVersionPolicyCommand({ LayerName, VersionNumber: 1 }));
    expect(await typedRefusal(policy())).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      Type: "User",
      message: `Layer version ${layerArn(LayerName, 1)} does not exist.`,
    });
    await publish(LayerName);
    expect(await typedRefusal(policy())).toMatchObject({
      Type: "User",
      message: "No policy is associated with the given resource.",
    });
  });

  test("are removed one by one; removing the last one removes the policy", async () => {
    const LayerName = target.newName();
    await publish(LayerName);
    await permit(LayerName);
    const remove = (StatementId: string) =>
      target.client.send(new RemoveLayerVersionPermissionCommand({ LayerName, VersionNumber: 1, StatementId }));
    expect(await refusal(remove("other"))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "Statement other is not found in resource policy.",
    });
    await remove("s1");
    const policy = new GetLayerVersionPolicyCommand({ LayerName, VersionNumber: 1 });
    expect(await refusal(target.client.send(policy))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "No policy is associated with the given resource.",
    });
  });
});
