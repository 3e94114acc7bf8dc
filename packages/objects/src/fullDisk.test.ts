import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { skipReason } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { S3Error } from "./errors.ts";
import { Intake } from "./intake/intake.ts";
import { ObjectFiles } from "./objectFiles.ts";

const folder = await mkdtemp(join(tmpdir(), "hearth-full-disk-"));
const small = join(folder, "small");
await mkdir(small);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small]);
const noMount = mounted.status === 0 ? undefined : "a small file system cannot be mounted here";
if (noMount !== undefined) await rm(folder, { recursive: true, force: true });

describe("a disk that is full", skipReason(noMount), () => {
  test("is answered SlowDown, and keeps nothing of the body", async () => {
    try {
      await symlink(small, join(folder, "objects"));
      const clock = new SystemClock();
      const files = new ObjectFiles(folder, { random: systemRandom, clock });
      const intake = new Intake(files, clock);
      const body = async function* (pieces: number): AsyncGenerator<Buffer> {
        for (let n = 0; n < pieces; n++) yield await Promise.resolve(Buffer.alloc(1024 * 1024, n));
      };
      const full = intake.receive(body(4), { maxBytes: Infinity });
      await expect(full).rejects.toMatchObject({ code: "SlowDown", httpStatus: 503 });
      await expect(full).rejects.toBeInstanceOf(S3Error);
      const all = await readdir(small, { recursive: true, withFileTypes: true });
      expect(all.filter((entry) => entry.isFile())).toEqual([]);
      expect((await intake.receive(body(1), { maxBytes: Infinity })).files).toHaveLength(1);
      await intake[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose](); // open folders would keep the file system from being unmounted
    } finally {
      spawnSync("umount", [small]);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
