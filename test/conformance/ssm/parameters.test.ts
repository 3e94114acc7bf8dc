import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

let target: ServiceTarget;
let ssm: SSMClient;
const made = new Set<string>();
beforeAll(async () => {
  target = await serviceTarget();
  ssm = new SSMClient({ ...target.config, maxAttempts: 1 });
});
afterAll(async () => {
  for (const Name of made) await ssm.send(new DeleteParameterCommand({ Name })).catch(() => undefined);
  ssm.destroy();
  await target[Symbol.asyncDispose]();
});

const put = async (input: Partial<PutParameterCommandInput> & { Name: string }) => {
  made.add(input.Name);
  return await ssm.send(new PutParameterCommand({ Value: "v", Type: "String", ...input }));
};
const refused = async (input: Partial<PutParameterCommandInput> & { Name: string }) => await refusal(put(input));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
const arnOf = (path: string): string => `arn:aws:ssm:${target.region}:${target.accountId}:parameter${path}`;

test("a parameter is put, read by name and ARN, overwritten and deleted", async () => {
  const Name = target.newName();
  const { $metadata: _, ...created } = await put({ Name, Value: "one" });
  expect(created).toEqual({ Version: 1, Tier: "Standard" });
  expect(await get(Name)).toEqual({
    Name,
    Type: "String",
    Value: "one",
    Version: 1,
    LastModifiedDate: expect.any(Date),
    ARN: arnOf(`/${Name}`),
    DataType: "text",
  });
  expect(await refused({ Name })).toEqual({
    name: "ParameterAlreadyExists",
    status: 400,
    message: "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  });
  const Description = "the second";
  expect((await put({ Name, Value: "two", Type: undefined, Overwrite: true, Description })).Version).toBe(2);
  expect((await get(arnOf(`/${Name}`)))?.Value).toBe("two");
  expect(await get(`${Name}:1`)).toMatchObject({ Value: "one", Version: 1, Selector: ":1" });
  expect((await refusal(get(`${Name}:7`))).name).toBe("ParameterVersionNotFound");
  const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name }));
  expect(Parameters.map(({ Version, Value, Description: said }) => [Version, Value, said])).toEqual([
    [1, "one", undefined],
    [2, "two", Description],
  ]);
  await ssm.send(new DeleteParameterCommand({ Name }));
  expect((await refusal(get(Name))).name).toBe("ParameterNotFound");
  expect((await refusal(ssm.send(new DeleteParameterCommand({ Name })))).name).toBe("ParameterNotFound");
});

test("a SecureString is shown encrypted, and in plain text to those who ask for it", async () => {
  const Name = target.newName();
  await put({ Name, Type: "SecureString", Value: "hidden" });
  const plain = await get(Name, true);
  expect(plain).toMatchObject({ Type: "SecureString", Value: "hidden" });
  const sealed = await get(Name);
  expect(sealed?.Value).not.toContain("hidden");
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: [Name, "none"], WithDecryption: true }));
  expect(Parameters.map(({ Value }) => Value)).toEqual(["hidden"]);
  const described = await ssm.send(
    new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [Name] }] }),
  );
  expect(described.Parameters).toEqual([
    expect.objectContaining({ Name, Type: "SecureString", KeyId: "alias/aws/ssm", Tier: "Standard", Version: 1 }),
  ]);
});

test("names, types, patterns and sizes are checked", async () => {
  const name = target.newName();
  expect((await refused({ Name: "a/b" })).message).toBe("Parameter name must be a fully qualified name.");
  expect((await refused({ Name: "/ssm/x" })).name).toBe("ValidationException");
  expect((await refused({ Name: "/a b" })).name).toBe("ValidationException");
  expect((await refused({ Name: "/a".repeat(16) })).name).toBe("HierarchyLevelLimitExceededException");
  expect((await refused({ Name: name, Type: undefined })).message).toBe(
    "A parameter type is required when you create a parameter.",
  );
  expect((await refused({ Name: name, Value: "x".repeat(4097) })).message).toContain("Standard tier parameters");
  expect((await put({ Name: name, Value: "x".repeat(4097), Tier: "Intelligent-Tiering" })).Tier).toBe("Advanced");
  expect((await refused({ Name: name, Overwrite: true, Tier: "Standard" })).message).toContain("downgrade");
  const pattern = target.newName();
  expect(await refused({ Name: pattern, AllowedPattern: "^\\d+$", Value: "abc" })).toMatchObject({
    name: "ParameterPatternMismatchException",
    message: "Parameter value, cannot be validated against allowedPattern: ^\\d+$",
  });
  expect((await refused({ Name: pattern, AllowedPattern: "(" })).name).toBe("InvalidAllowedPatternException");
  await put({ Name: pattern, AllowedPattern: "^\\d+$", Value: "12" });
  expect((await refused({ Name: pattern, Value: "no", Overwrite: true })).name).toBe(
    "ParameterPatternMismatchException",
  );
  const Tags = [{ Key: "a", Value: "b" }];
  expect((await refused({ Name: pattern, Overwrite: true, Tags })).message).toContain("tags and overwrite");
});

test("a pattern that takes a backtracking engine forever is answered at once", async () => {
  const evil = { AllowedPattern: "^(a+)+$", Value: `${"a".repeat(4_000)}!` };
  expect((await refused({ Name: target.newName(), ...evil })).name).toBe("ParameterPatternMismatchException");
});

test("parameters are read by path, page by page", async () => {
  const root = `/${target.newName()}`;
  const names = [`${root}/a`, `${root}/b`, `${root}/deep/c`, `${root}x/d`];
  for (const Name of names) await put({ Name, Value: Name, Type: Name.endsWith("b") ? "StringList" : "String" });
  const read = async (more: object) => await ssm.send(new GetParametersByPathCommand({ Path: root, ...more }));
  const seen = ({ Parameters = [] }: Awaited<ReturnType<typeof read>>) => Parameters.map(({ Name }) => Name);
  expect(seen(await read({}))).toEqual(names.slice(0, 2));
  expect(seen(await read({ Recursive: true }))).toEqual(names.slice(0, 3));
  const first = await read({ Recursive: true, MaxResults: 2 });
  expect(seen(first)).toEqual(names.slice(0, 2));
  expect(seen(await read({ Recursive: true, MaxResults: 2, NextToken: first.NextToken }))).toEqual([names[2]]);
  expect(seen(await read({ ParameterFilters: [{ Key: "Type", Values: ["StringList"] }] }))).toEqual([names[1]]);
  expect((await refusal(read({ ParameterFilters: [{ Key: "Name", Values: ["x"] }] }))).name).toBe("InvalidFilterKey");
  expect((await refusal(read({ Path: "no-slash" }))).name).toBe("ValidationException");
  const describe = async (Key: string, Option: string, Values: string[]) => {
    const input = { ParameterFilters: [{ Key, Option, Values }] };
    return (await ssm.send(new DescribeParametersCommand(input))).Parameters?.map(({ Name }) => Name);
  };
  expect(await describe("Path", "OneLevel", [root])).toEqual(names.slice(0, 2));
  expect(await describe("Path", "Recursive", [root])).toEqual(names.slice(0, 3));
  expect(await describe("Name", "BeginsWith", [root])).toEqual(names);
  const gone = await ssm.send(new DeleteParametersCommand({ Names: [...names, "none"] }));
  expect(gone).toMatchObject({ DeletedParameters: names, InvalidParameters: ["none"] });
});

test("labels name one version, and move", async () => {
  const Name = target.newName();
  await put({ Name, Value: "one" });
  await put({ Name, Value: "two", Overwrite: true });
  const label = async (Labels: string[], ParameterVersion?: number) =>
    await ssm.send(new LabelParameterVersionCommand({ Name, Labels, ParameterVersion }));
  expect(await label(["live", "1st", "aws-x"], 1)).toMatchObject({
    InvalidLabels: ["1st", "aws-x"],
    ParameterVersion: 1,
  });
  expect((await get(`${Name}:live`))?.Value).toBe("one");
  expect((await label(["live"])).ParameterVersion).toBe(2);
  expect(await get(`${Name}:live`)).toMatchObject({ Value: "two", Selector: ":live" });
  const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name }));
  expect(Parameters.map(({ Labels }) => Labels)).toEqual([[], ["live"]]);
  const unlabel = { Name, ParameterVersion: 2, Labels: ["live", "none"] };
  const removed = await ssm.send(new UnlabelParameterVersionCommand(unlabel));
  expect(removed).toMatchObject({ RemovedLabels: ["live"], InvalidLabels: ["none"] });
  expect((await refusal(label(["x"], 9))).name).toBe("ParameterVersionNotFound");
  const many = Array.from({ length: 10 }, (_, index) => `l${index}`);
  await label(many, 1);
  expect((await refusal(label(["more"], 1))).name).toBe("ParameterVersionLabelLimitExceeded");
});

test("a parameter keeps a hundred versions; the oldest goes unless it has a label", async () => {
  const Name = target.newName();
  for (let index = 1; index <= 100; index++) await put({ Name, Value: String(index), Overwrite: true });
  await put({ Name, Value: "101", Overwrite: true });
  expect((await refusal(get(`${Name}:1`))).name).toBe("ParameterVersionNotFound");
  expect((await get(`${Name}:2`))?.Value).toBe("2");
  await ssm.send(new LabelParameterVersionCommand({ Name, Labels: ["keep"], ParameterVersion: 2 }));
  expect((await refused({ Name, Overwrite: true })).name).toBe("ParameterMaxVersionLimitExceeded");
});

test("parameters have tags, by which they are found", async () => {
  const Name = target.newName();
  await put({ Name, Tags: [{ Key: "team", Value: Name }] });
  const named = { ResourceType: "Parameter", ResourceId: Name } as const;
  await ssm.send(new AddTagsToResourceCommand({ ...named, Tags: [{ Key: "stage", Value: "test" }] }));
  const tags = async () => (await ssm.send(new ListTagsForResourceCommand(named))).TagList;
  expect(await tags()).toEqual([
    { Key: "team", Value: Name },
    { Key: "stage", Value: "test" },
  ]);
  const filter = { ParameterFilters: [{ Key: "tag:team", Values: [Name] }] };
  const { Parameters = [] } = await ssm.send(new DescribeParametersCommand(filter));
  expect(Parameters.map((parameter) => parameter.Name)).toEqual([Name]);
  await ssm.send(new RemoveTagsFromResourceCommand({ ...named, TagKeys: ["team"] }));
  expect(await tags()).toEqual([{ Key: "stage", Value: "test" }]);
  const missing = { ResourceType: "Parameter", ResourceId: "none" } as const;
  expect((await refusal(ssm.send(new ListTagsForResourceCommand(missing)))).name).toBe("InvalidResourceId");
});
