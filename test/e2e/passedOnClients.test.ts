import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsCli,
  awsCli,
  noObjectServer,
  noProgram,
  noTerraform,
  type RunningHearth,
  RunningObjectServer,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testBucketsByTerraform } from "./testBucketsByTerraform.ts";

/** Three parts: the aws command uploads 8 MB at a time. */
const LARGE_BYTES = 20 * 1024 * 1024;

describe("buckets on a named server", skipReason(await noObjectServer("versitygw")), () => {
  const stack = new AsyncDisposableStack();
  let hearth: RunningHearth;
  let folder: string;
  beforeAll(async () => {
    const server = stack.use(await RunningObjectServer.start("versitygw"));
    hearth = stack.use(await startHearth({ env: server.settings }));
    folder = await mkdtemp(join(tmpdir(), "hearth-passed-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  }, 180_000);
  afterAll(async () => await stack.disposeAsync());

  describe("terraform", skipReason(noTerraform()), () => testBucketsByTerraform(() => hearth));

  describe("the aws command", skipReason(noProgram("aws")), () => {
    let aws: AwsCli;
    beforeAll(async () => void (aws = await awsCli(hearth.clientConfig, folder)));

    test("copies a large file in parts, syncs, signs links and removes everything", { timeout: 300_000 }, async () => {
      const large = join(folder, "large.bin");
      const bytes = Buffer.alloc(LARGE_BYTES);
      for (let i = 0; i < LARGE_BYTES; i += 4_096) bytes.writeUInt32LE(i, i);
      await writeFile(large, bytes);
      await aws("s3", "mb", "s3://cli-bucket");
      await aws("s3", "cp", large, "s3://cli-bucket/large.bin", "--no-progress");
      await aws("s3", "cp", "s3://cli-bucket/large.bin", "s3://cli-bucket/copy.bin", "--no-progress");
      await aws("s3", "cp", "s3://cli-bucket/copy.bin", `${large}.back`, "--no-progress");
      const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
      expect(digest(await readFile(`${large}.back`))).toBe(digest(bytes));
      const tree = join(folder, "tree");
      await mkdir(join(tree, "a b"), { recursive: true });
      const longAgo = new Date(2020, 1, 1);
      for (let i = 0; i < 10; i++) {
        const file = join(tree, "a b", `${i}.txt`);
        await writeFile(file, `file ${i}`);
        // The command sends files again that are newer than their objects, whose times some servers cut to seconds.
        await utimes(file, longAgo, longAgo);
      }
      await aws("s3", "sync", tree, "s3://cli-bucket/tree", "--no-progress");
      expect(await aws("s3", "sync", tree, "s3://cli-bucket/tree", "--no-progress")).toBe("");
      const link = (await aws("s3", "presign", "s3://cli-bucket/tree/a b/0.txt")).trim();
      expect(await (await fetch(link)).text()).toBe("file 0");
      const removed = await aws("s3", "rm", "s3://cli-bucket", "--recursive");
      expect(removed.trim().split("\n")).toHaveLength(12);
      await aws("s3", "rb", "s3://cli-bucket");
    });
  });
});
