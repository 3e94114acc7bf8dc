import {
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { ResourceConflictException, ResourceNotFoundException } from "@hearth/model";
import { expect, test } from "vitest";
import { z } from "zod";
import { operation } from "../operation.ts";
import { blob, wire } from "../schema/traits.ts";
import { serveToy } from "../testing/toyServer.ts";

const AT = new Date("2026-03-01T10:20:30.500Z");

const createFunction = operation({
  name: "CreateFunction",
  http: ["POST", "/2015-03-31/functions", 201],
  input: z.object({ FunctionName: z.string(), Code: z.object({ ZipFile: blob() }) }),
  output: z.object({ FunctionName: z.string(), CodeSize: z.number() }),
  errors: [ResourceConflictException],
  handle: async ({ FunctionName, Code }) => ({ FunctionName, CodeSize: Code.ZipFile.length }),
});
const invoke = operation({
  name: "Invoke",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
  headers: { LogType: "X-Amz-Log-Type" },
  payload: "Payload",
  input: z.object({ FunctionName: z.string(), LogType: z.string(), Payload: z.instanceof(Uint8Array) }),
  output: z.object({
    StatusCode: wire(z.number(), { status: true }),
    ExecutedVersion: wire(z.string(), { header: "X-Amz-Executed-Version" }),
    LogResult: wire(z.string(), { header: "X-Amz-Log-Result" }),
    Payload: wire(blob(), { payload: true }),
  }),
  errors: [],
  handle: async ({ LogType, Payload }) => ({ StatusCode: 202, ExecutedVersion: "7", LogResult: LogType, Payload }),
});
const listEventSourceMappings = operation({
  name: "ListEventSourceMappings",
  http: ["GET", "/2015-03-31/event-source-mappings", 200],
  query: { MaxItems: "MaxItems" },
  input: z.object({ MaxItems: z.number().optional() }),
  output: z.object({ EventSourceMappings: z.array(z.object({ UUID: z.string(), LastModified: z.date() })) }),
  errors: [],
  handle: async ({ MaxItems = 0 }) => ({
    EventSourceMappings: Array.from({ length: MaxItems }, (_, i) => ({ UUID: `${i}`, LastModified: AT })),
  }),
});
const getAlias = operation({
  name: "GetAlias",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200],
  input: z.object({ FunctionName: z.string(), Name: z.string() }),
  errors: [ResourceNotFoundException],
  handle: async ({ Name }) => {
    throw new ResourceNotFoundException(`Cannot find alias ${Name}`);
  },
});

test("REST-JSON and the Lambda client understand each other", async () => {
  await using server = await serveToy({
    signingName: "lambda",
    protocols: ["rest-json"],
    operations: [createFunction, invoke, listEventSourceMappings, getAlias],
  });
  const client = new LambdaClient(server.clientConfig);
  const created = await client.send(
    new CreateFunctionCommand({ FunctionName: "f", Role: "r", Code: { ZipFile: Buffer.alloc(300) } }),
  );
  expect(created).toMatchObject({ FunctionName: "f", CodeSize: 300, $metadata: { httpStatusCode: 201 } });
  const invoked = await client.send(new InvokeCommand({ FunctionName: "f", LogType: "Tail", Payload: '{"a":1}' }));
  expect(invoked).toMatchObject({ StatusCode: 202, ExecutedVersion: "7", LogResult: "Tail" });
  expect(invoked.Payload?.transformToString()).toBe('{"a":1}');
  const listed = await client.send(new ListEventSourceMappingsCommand({ MaxItems: 2 }));
  expect(listed.EventSourceMappings).toEqual([
    { UUID: "0", LastModified: AT },
    { UUID: "1", LastModified: AT },
  ]);
  await expect(client.send(new GetAliasCommand({ FunctionName: "f", Name: "live" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Cannot find alias live",
    Type: "User",
  });
});
