import {
  CreateRoleCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { AwsError } from "@hearth/model";
import { expect, test } from "vitest";
import { z } from "zod";
import { formInput } from "../codecs/form.ts";
import { xmlWriter } from "../codecs/xml.ts";
import { operation } from "../operation.ts";
import { shapeOf } from "../schema/shape.ts";
import { blob, wire } from "../schema/traits.ts";
import { serveToy } from "../testing/toyServer.ts";

class NoSuchEntityException extends AwsError {
  readonly code = "NoSuchEntity";
  readonly httpStatus = 404;
}

const AT = new Date("2026-03-01T10:20:30Z");
const Tag = z.object({ Key: z.string(), Value: z.string() });
const Role = z.object({ RoleName: z.string(), CreateDate: z.date(), Tags: z.array(Tag) });

const createRole = operation({
  name: "CreateRole",
  input: z.object({ RoleName: z.string(), MaxSessionDuration: z.number(), Tags: z.array(Tag) }),
  output: z.object({ Role }),
  errors: [],
  handle: async ({ RoleName, Tags }) => ({ Role: { RoleName, CreateDate: AT, Tags } }),
});
const listRoles = operation({
  name: "ListRoles",
  input: z.object({}),
  output: z.object({ Roles: z.array(Role), IsTruncated: z.boolean() }),
  errors: [],
  handle: async () => ({ Roles: [], IsTruncated: false }),
});
const getRole = operation({
  name: "GetRole",
  input: z.object({ RoleName: z.string() }),
  errors: [NoSuchEntityException],
  handle: async ({ RoleName }) => {
    throw new NoSuchEntityException(`The role with name ${RoleName} <cannot> be found.`);
  },
});
const getAccountSummary = operation({
  name: "GetAccountSummary",
  input: z.object({}),
  output: z.object({ SummaryMap: z.record(z.string(), z.number()) }),
  errors: [],
  handle: async () => ({ SummaryMap: { Users: 3, Roles: 12 } }),
});

test("the query protocol and the IAM client understand each other: lists, maps, times and errors", async () => {
  await using server = await serveToy({
    signingName: "iam",
    protocols: ["query"],
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: [createRole, listRoles, getRole, getAccountSummary],
  });
  const client = new IAMClient(server.clientConfig);
  const Tags = [
    { Key: "a", Value: "1 & 2" },
    { Key: "b", Value: "<>" },
  ];
  const created = await client.send(
    new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: "{}", MaxSessionDuration: 3600, Tags }),
  );
  expect(created.Role).toEqual({ RoleName: "r", CreateDate: AT, Tags });
  expect(await client.send(new ListRolesCommand({}))).toMatchObject({ Roles: [], IsTruncated: false });
  const { SummaryMap } = await client.send(new GetAccountSummaryCommand({}));
  expect(SummaryMap).toEqual({ Users: 3, Roles: 12 });
  await expect(client.send(new GetRoleCommand({ RoleName: "x" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "The role with name x <cannot> be found.",
  });
});

test("the query protocol and the STS client understand each other", async () => {
  const assumeRole = operation({
    name: "AssumeRole",
    input: z.object({ RoleArn: z.string(), DurationSeconds: z.number().optional() }),
    output: z.object({ Credentials: z.object({ AccessKeyId: z.string(), Expiration: z.date() }) }),
    errors: [],
    handle: async ({ DurationSeconds = 0 }) => ({
      Credentials: { AccessKeyId: String(DurationSeconds), SecretAccessKey: "s", SessionToken: "t", Expiration: AT },
    }),
  });
  await using server = await serveToy({
    signingName: "sts",
    protocols: ["query"],
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: [assumeRole],
  });
  const client = new STSClient(server.clientConfig);
  const command = new AssumeRoleCommand({ RoleArn: "arn", RoleSessionName: "s", DurationSeconds: 900 });
  expect((await client.send(command)).Credentials).toEqual({
    AccessKeyId: "900",
    SecretAccessKey: "s",
    SessionToken: "t",
    Expiration: AT,
  });
});

test("forms have lists and maps in a wrapper or flattened, under the names that the schema says", () => {
  const shape = shapeOf(
    z.object({
      Names: z.array(z.string()),
      Flat: wire(z.array(z.string()), { flattened: true, xmlName: "FlatName" }),
      Items: z.array(wire(z.object({ Id: z.number() }), { xmlName: "Item" })),
      Attributes: wire(z.record(z.string(), z.string()), {
        flattened: true,
        xmlName: "Attribute",
        entryNames: { key: "Name", value: "Value" },
      }),
      Data: blob(),
    }),
  );
  const read = (text: string): unknown => formInput([...new URLSearchParams(text)], shape);
  expect(read("Names.member.1=a&Names.member.2=b&FlatName.2=d&FlatName.1=c&Items.Item.1.Id=5&Data=AQI%3D")).toEqual({
    Names: ["a", "b"],
    Flat: ["c", "d"],
    Items: [{ Id: 5 }],
    Data: Buffer.from([1, 2]),
  });
  expect(read("Names.1=a&Attribute.1.Name=k&Attribute.1.Value=v&Attribute.2.Name=l&Attribute.2.Value=w")).toEqual({
    Names: ["a"],
    Attributes: { k: "v", l: "w" },
  });
});

test("XML follows the schema: names, flattened parts, attributes, namespaces, formats, and what contains itself", () => {
  const Node = z.object({
    name: z.string(),
    get children() {
      return z.array(Node).optional();
    },
  });
  const write = xmlWriter(
    shapeOf(
      wire(
        z.object({
          Id: wire(z.string(), { xmlAttribute: true, xmlName: "xsi:id" }),
          Keys: wire(z.array(z.string()), { flattened: true, xmlName: "Key" }),
          Parts: z.array(wire(z.object({ N: z.number() }), { xmlName: "Part" })),
          Map: wire(z.record(z.string(), z.string()), { flattened: true, entryNames: { key: "Name", value: "Value" } }),
          Seconds: wire(z.date(), { timestampFormat: "epoch-seconds" }).optional(),
          Http: wire(z.date(), { timestampFormat: "http-date" }),
          Tree: Node,
        }),
        { xmlNamespace: { uri: "urn:x", prefix: "xsi" } },
      ),
    ),
  );
  const value = {
    Other: [1],
    Http: AT,
    Keys: ["a", "b<"],
    Id: '"',
    Parts: [{ N: 1 }],
    Map: { k: "v" },
    Seconds: AT,
    Tree: { name: "t", children: [{ name: "u", children: [] }] },
    Absent: undefined,
  };
  expect(write("Root", value)).toBe(
    '<Root xmlns:xsi="urn:x" xsi:id="&quot;"><Other><member>1</member></Other><Http>Sun, 01 Mar 2026 10:20:30 GMT</Http>' +
      "<Key>a</Key><Key>b&lt;</Key><Parts><Part><N>1</N></Part></Parts><Map><Name>k</Name><Value>v</Value></Map>" +
      "<Seconds>1772360430</Seconds><Tree><name>t</name><children><member><name>u</name><children></children></member>" +
      "</children></Tree></Root>",
  );
});
