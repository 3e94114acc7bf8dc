import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AwsError } from "@hearth/model";
import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { decodeXml } from "../codecs/xmlInput.ts";
import type { BodyStream } from "../body.ts";
import { operation } from "../operation.ts";
import { shapeOf } from "../schema/shape.ts";
import { wire } from "../schema/traits.ts";
import { serveToy, type ToyServer, type ToyService } from "../testing/toyServer.ts";

class NoSuchKey extends AwsError {
  readonly code = "NoSuchKey";
  readonly httpStatus = 404;
}

const AT = new Date("2026-03-01T10:20:30Z");
const objects = new Map<string, { readonly body: Buffer; readonly metadata: Readonly<Record<string, string>> }>();
const Named = z.object({ Bucket: z.string(), Key: z.string() });
const described = {
  ContentLength: wire(z.number(), { header: "Content-Length" }),
  LastModified: wire(z.date(), { header: "Last-Modified" }),
  Metadata: wire(z.record(z.string(), z.string()), { headerPrefix: "x-amz-meta-" }),
};

function find({ Bucket, Key }: z.output<typeof Named>) {
  const object = objects.get(`${Bucket}/${Key}`);
  if (!object) throw new NoSuchKey(`The specified key does not exist: ${Key}`);
  return { ContentLength: object.body.length, LastModified: AT, Metadata: object.metadata, Body: object.body };
}

const listBuckets = operation({
  name: "ListBuckets",
  http: ["GET", "/", 200],
  input: z.object({}),
  output: wire(
    z.object({ Buckets: z.array(wire(z.object({ Name: z.string(), CreationDate: z.date() }), { xmlName: "Bucket" })) }),
    { xmlName: "ListAllMyBucketsResult" },
  ),
  errors: [],
  handle: async () => ({ Buckets: [{ Name: "one", CreationDate: AT }] }),
});
const createBucket = operation({
  name: "CreateBucket",
  http: ["PUT", "/{Bucket}", 200],
  headers: { ACL: "x-amz-acl" },
  payload: "CreateBucketConfiguration",
  input: z.object({
    Bucket: z.string(),
    ACL: z.string().optional(),
    CreateBucketConfiguration: z.object({ LocationConstraint: z.string() }).optional(),
  }),
  output: z.object({ Location: wire(z.string(), { header: "Location" }) }),
  errors: [],
  handle: async ({ Bucket, CreateBucketConfiguration }) => ({
    Location: `/${Bucket}/${CreateBucketConfiguration?.LocationConstraint}`,
  }),
});
const listObjects = operation({
  name: "ListObjectsV2",
  http: ["GET", "/{Bucket}?list-type=2", 200],
  query: { Prefix: "prefix", MaxKeys: "max-keys" },
  input: z.object({ Bucket: z.string(), Prefix: z.string().optional(), MaxKeys: z.number().optional() }),
  output: wire(
    z.object({
      Name: z.string(),
      MaxKeys: z.number(),
      Contents: wire(z.array(z.object({ Key: z.string(), LastModified: z.date(), Size: z.number() })), {
        flattened: true,
      }),
    }),
    { xmlName: "ListBucketResult" },
  ),
  errors: [],
  handle: async ({ Bucket, MaxKeys = 1000 }) => ({
    Name: Bucket,
    MaxKeys,
    Contents: [...objects.keys()].map((key) => ({ Key: key.slice(Bucket.length + 1), LastModified: AT, Size: 1 })),
  }),
});
const putObject = operation({
  name: "PutObject",
  http: ["PUT", "/{Bucket}/{Key+}", 200],
  headerPrefixes: { Metadata: "x-amz-meta-" },
  payload: "Body",
  streamsPayload: true,
  maxBodyBytes: 1_000_000,
  input: Named.extend({
    Body: z.custom<BodyStream>(),
    Metadata: z.record(z.string(), z.string()).optional(),
  }),
  output: z.object({ ETag: wire(z.string(), { header: "ETag" }) }),
  errors: [],
  handle: async ({ Bucket, Key, Body, Metadata = {} }) => {
    const chunks: Uint8Array[] = [];
    if (Key !== "unread") for await (const chunk of Body) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    objects.set(`${Bucket}/${Key}`, { body, metadata: Metadata });
    return { ETag: `"${createHash("md5").update(body).digest("hex")}"` };
  },
});
const getObject = operation({
  name: "GetObject",
  http: ["GET", "/{Bucket}/{Key+}", 200],
  input: Named,
  output: z.object({ ...described, Body: wire(z.custom<ReadableStream<Uint8Array>>(), { payload: true }) }),
  errors: [NoSuchKey],
  handle: async (input) => {
    const { Body, ...rest } = find(input);
    return { ...rest, Body: ReadableStream.from([Body.subarray(0, 2), Body.subarray(2)]) };
  },
});
const headObject = operation({
  name: "HeadObject",
  http: ["HEAD", "/{Bucket}/{Key+}", 200],
  input: Named,
  output: z.object(described),
  errors: [NoSuchKey],
  handle: async (input) => {
    const { Body: _body, ...rest } = find(input);
    return rest;
  },
});
const deleteObjects = operation({
  name: "DeleteObjects",
  http: ["POST", "/{Bucket}?delete", 200],
  payload: "Delete",
  input: z.object({
    Bucket: z.string(),
    Delete: z.object({
      Objects: wire(z.array(z.object({ Key: z.string() })), { flattened: true, xmlName: "Object" }),
      Quiet: z.boolean().optional(),
    }),
  }),
  output: wire(z.object({ Deleted: wire(z.array(z.object({ Key: z.string() })), { flattened: true }) }), {
    xmlName: "DeleteResult",
  }),
  errors: [],
  handle: async ({ Delete }) => ({ Deleted: Delete.Objects }),
});

const s3: ToyService = {
  signingName: "s3",
  protocols: ["rest-xml"],
  xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
  bareXmlErrors: true,
  hosts: [/^([a-z0-9.-]+)\.s3\.localhost$/],
  operations: [listBuckets, createBucket, listObjects, putObject, getObject, headObject, deleteObjects],
};

let server: ToyServer;
let client: S3Client;
beforeEach(async () => {
  objects.clear();
  server = await serveToy(s3);
  client = new S3Client({ ...server.clientConfig, forcePathStyle: true });
});
afterEach(async () => await server[Symbol.asyncDispose]());

test("REST-XML and the S3 client understand each other: XML in and out, headers, payloads", async () => {
  expect((await client.send(new ListBucketsCommand({}))).Buckets).toEqual([{ Name: "one", CreationDate: AT }]);
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  expect(await client.send(new CreateBucketCommand({ Bucket: "b", CreateBucketConfiguration }))).toMatchObject({
    Location: "/b/eu-west-1",
  });
  expect((await client.send(new CreateBucketCommand({ Bucket: "b" }))).Location).toBe("/b/undefined");
  const Key = "folder/a b+c/é.txt";
  const Body = Buffer.alloc(200_000, "x");
  const put = await client.send(new PutObjectCommand({ Bucket: "b", Key, Body, Metadata: { colour: "red" } }));
  expect(put.ETag).toBe(`"${createHash("md5").update(Body).digest("hex")}"`);
  const got = await client.send(new GetObjectCommand({ Bucket: "b", Key }));
  expect(got).toMatchObject({ ContentLength: 200_000, LastModified: AT, Metadata: { colour: "red" } });
  expect((await got.Body?.transformToByteArray())?.length).toBe(200_000);
  const head = await client.send(new HeadObjectCommand({ Bucket: "b", Key }));
  expect(head).toMatchObject({ ContentLength: 200_000, LastModified: AT, Metadata: { colour: "red" } });
  const listed = await client.send(new ListObjectsV2Command({ Bucket: "b", MaxKeys: 7 }));
  expect(listed).toMatchObject({ MaxKeys: 7, Contents: [{ Key, LastModified: AT, Size: 1 }] });
  const Delete = { Objects: [{ Key: "a&<b>" }, { Key: "c" }], Quiet: false };
  expect((await client.send(new DeleteObjectsCommand({ Bucket: "b", Delete }))).Deleted).toEqual(Delete.Objects);
});

test("keys may end in a slash, and errors are S3's", async () => {
  await client.send(new PutObjectCommand({ Bucket: "b", Key: "folder/", Body: "", ContentLength: 0 }));
  expect([...objects.keys()]).toEqual(["b/folder/"]);
  await expect(client.send(new GetObjectCommand({ Bucket: "b", Key: "none" }))).rejects.toMatchObject({
    name: "NoSuchKey",
    message: "The specified key does not exist: none",
    $metadata: { httpStatusCode: 404 },
  });
});

test("a bucket may stand in the host name", async () => {
  const { port } = new URL(server.endpoint);
  const hosted = new S3Client({ ...server.clientConfig, endpoint: `http://s3.localhost:${port}` });
  hosted.middlewareStack.add(
    (next) => async (args) => {
      (args.request as { hostname: string }).hostname = "127.0.0.1"; // the names need no resolver in this test
      return await next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await hosted.send(new PutObjectCommand({ Bucket: "my-bucket", Key: "k/l", Body: "hosted" }));
  expect(objects.get("my-bucket/k/l")?.body.toString()).toBe("hosted");
});

/** Sends a PUT by hand with the headers that the SDK signed, and another body. */
async function putChanged(body: string, change: (headers: Record<string, string>) => void = () => undefined) {
  let signed: { headers: Record<string, string>; path: string } | undefined;
  const recording = new S3Client({ ...server.clientConfig, forcePathStyle: true });
  recording.middlewareStack.add(
    (next) => async (args) => {
      signed = args.request as typeof signed;
      return await next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await recording.send(new PutObjectCommand({ Bucket: "b", Key: "signed", Body: "right" }));
  const headers = { ...signed?.headers, "content-length": String(body.length) };
  change(headers);
  const req = httpRequest(`${server.endpoint}${signed?.path}?x-id=PutObject`, { method: "PUT", headers });
  const answered = new Promise<{ status: number | undefined; text: string; connection: string | undefined }>(
    (resolve, reject) => {
      req.on("response", (res) => {
        void text(res).then((answer) =>
          resolve({ status: res.statusCode, text: answer, connection: res.headers.connection }),
        );
      });
      req.on("error", reject);
    },
  );
  return { req, answered };
}

test("a streamed body whose hash is not the signed one is refused at its end, and an unread one ends the connection", async () => {
  const same = await putChanged("right");
  same.req.end("right");
  expect((await same.answered).status).toBe(200);
  const other = await putChanged("wrong");
  other.req.end("wrong");
  const { status, text: answer } = await other.answered;
  expect([status, answer]).toEqual([403, expect.stringContaining("whose hash the signature declares")]);
  const unsigned = await putChanged("right", (headers) => delete headers["x-amz-content-sha256"]);
  unsigned.req.end("right");
  expect((await unsigned.answered).status).toBe(403);
});

test("a streamed body whose declared length is too large is refused before it is read", async () => {
  await expect(
    client.send(new PutObjectCommand({ Bucket: "b", Key: "large", Body: Buffer.alloc(1_000_001) })),
  ).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } });
  expect(objects.size).toBe(0);
});

test("XML bodies: what is no XML, has a document type or nests without end is refused", () => {
  const shape = shapeOf(z.object({ A: z.string(), N: z.number().optional() }));
  const read = (xml: string): unknown => decodeXml(Buffer.from(xml), shape);
  expect(
    read('<?xml version="1.0"?><!-- c --><x:R xmlns:x="u"><A>1 &lt; &#50;<![CDATA[<&>]]></A><N>7</N><B/></x:R>'),
  ).toEqual({
    A: "1 < 2<&>",
    N: 7,
  });
  for (const bad of [
    "x",
    "<R>",
    "<R></S>",
    "<R/><R/>",
    "<R>&unknown;</R>",
    "<R a=1/>",
    "<R>&</R>",
    "<!DOCTYPE R><R/>",
    "<R>".repeat(100),
  ]) {
    expect(() => read(bad), bad).toThrow(expect.objectContaining({ code: "SerializationException" }));
  }
});
