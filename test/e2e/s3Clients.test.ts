import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  type AwsCli,
  awsCli,
  awsEnvironment,
  noProgram,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { followLink } from "../support/followLink.ts";

const LARGE_BYTES = 200 * 1024 * 1024;

/** What boto3 sees. It prints one line of JSON. */
const BOTO3 = `
import boto3, io, json, urllib.request
from botocore.config import Config
saw = {}
s3 = boto3.client("s3")
s3.create_bucket(Bucket="boto-bucket")
s3.upload_fileobj(io.BytesIO(b"x" * 20000000), "boto-bucket", "dir/large")
saw["large"] = s3.head_object(Bucket="boto-bucket", Key="dir/large")["ContentLength"]
back = io.BytesIO()
s3.download_fileobj("boto-bucket", "dir/large", back)
saw["same"] = back.getvalue() == b"x" * 20000000
s3.put_object(Bucket="boto-bucket", Key="ü + %", Body=b"small", Metadata={"a": "b"})
saw["pages"] = [[o["Key"] for o in page["Contents"]] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="boto-bucket", PaginationConfig={"PageSize": 1})]
for version in ("s3", "s3v4"):
    signer = boto3.client("s3", config=Config(signature_version=version))
    link = signer.generate_presigned_url("get_object", Params={"Bucket": "boto-bucket", "Key": "ü + %"})
    saw["get " + version] = urllib.request.urlopen(link).read().decode()
    upload = signer.generate_presigned_url("put_object", Params={"Bucket": "boto-bucket", "Key": "put " + version})
    request = urllib.request.Request(upload, data=b"by link", method="PUT", headers={"Content-Type": ""})
    saw["put " + version] = urllib.request.urlopen(request).status
    try:
        urllib.request.urlopen(link.replace("Signature=", "Signature=0"))
    except urllib.error.HTTPError as error:
        saw["forged " + version] = error.code
try:
    s3.get_object(Bucket="boto-bucket", Key="none")
except s3.exceptions.NoSuchKey as error:
    saw["none"] = error.response["Error"]["Message"]
print(json.dumps(saw))
`;

let hearth: RunningHearth;
let folder: string;
let aws: AwsCli;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-s3-"));
  hearth = await startHearth({ env: { HEARTH_HOSTS: "hearth.example,.hearth.example" } });
  aws = await awsCli(hearth.clientConfig, folder);
});
afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The Python here may lack boto3. */
async function noBoto3(): Promise<string | undefined> {
  const missing = noProgram("python3");
  if (missing !== undefined) return missing;
  return (await runProgram("python3", ["-c", "import boto3"])).code === 0 ? undefined : "boto3 is not installed";
}

describe("the aws command", skipReason(noProgram("aws")), () => {
  test("copies 200 MB, syncs a folder, signs links and removes everything", { timeout: 300_000 }, async () => {
    const large = join(folder, "large.bin");
    const bytes = Buffer.alloc(LARGE_BYTES);
    for (let i = 0; i < LARGE_BYTES; i += 4_096) bytes.writeUInt32LE(i, i);
    await writeFile(large, bytes);
    await aws("s3", "mb", "s3://cli-bucket");
    await aws("s3", "cp", large, "s3://cli-bucket/large.bin", "--no-progress");
    await aws("s3", "cp", "s3://cli-bucket/large.bin", `${large}.back`, "--no-progress");
    const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
    expect(digest(await readFile(`${large}.back`))).toBe(digest(bytes));
    const tree = join(folder, "tree");
    await mkdir(join(tree, "a b"), { recursive: true });
    const longAgo = new Date(2020, 1, 1);
    for (let i = 0; i < 30; i++) {
      const file = join(tree, "a b", `${i}.txt`);
      await writeFile(file, `file ${i}`);
      // The command sends files again that are newer than their objects, whose times have no milliseconds.
      await utimes(file, longAgo, longAgo);
    }
    await aws("s3", "sync", tree, "s3://cli-bucket/tree", "--no-progress");
    expect(await aws("s3", "sync", tree, "s3://cli-bucket/tree", "--no-progress")).toBe("");
    await writeFile(join(tree, "a b", "0.txt"), "another text");
    expect(await aws("s3", "sync", tree, "s3://cli-bucket/tree", "--no-progress")).toContain("0.txt");
    const link = (await aws("s3", "presign", "s3://cli-bucket/tree/a b/0.txt")).trim();
    expect(await (await fetch(link)).text()).toBe("another text");
    const removed = await aws("s3", "rm", "s3://cli-bucket", "--recursive");
    expect(removed.trim().split("\n")).toHaveLength(31);
    await aws("s3", "rb", "s3://cli-bucket");
    expect(await aws("s3", "ls")).not.toContain("cli-bucket");
  });
});

test("a bucket has a host name below those of HEARTH_HOSTS", async () => {
  const { endpoint, region, credentials } = hearth.clientConfig;
  const s3 = new S3Client({ ...hearth.clientConfig, forcePathStyle: true });
  const [Bucket, Key] = ["named-bucket", "key"];
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: "object" }));
  const options = { region, service: "s3", expiresSeconds: 60, now: Date.now() };
  const link = (name: string): string =>
    presignUrl(`http://${Bucket}.${name}:${new URL(endpoint).port}`, `/${Key}`, {}, credentials, options);
  expect(await followLink(link("hearth.example"))).toMatchObject({ status: 200, text: "object" });
  expect(await followLink(link("elsewhere.example"))).toMatchObject({ status: 403 });
  s3.destroy();
});

describe("boto3", skipReason(await noBoto3()), () => {
  test("reads what it wrote, page by page and by links", async () => {
    const env = awsEnvironment(hearth.clientConfig);
    const { code, stdout, stderr } = await runProgram("python3", ["-c", BOTO3], { env, timeoutMs: 120_000 });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      large: 20_000_000,
      same: true,
      pages: [["dir/large"], ["ü + %"]],
      ...{ "get s3": "small", "put s3": 200, "forged s3": 403 },
      ...{ "get s3v4": "small", "put s3v4": 200, "forged s3v4": 403 },
      none: "The specified key does not exist.",
    });
  });
});
