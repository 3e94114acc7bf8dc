import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noProgram, runProgram } from "@hearth/testkit";

const SIZE_BYTES = 4 * 1024 ** 3;
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, made to test power cuts: from this moment nothing more reaches the disk. */
const CUT = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))`;

/** Why power cannot be cut on this machine; `undefined` when it can. */
export async function noPowerCut(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "file systems are mounted by root on Linux";
  for (const program of ["mkfs.ext4", "mount", "python3"]) {
    const missing = noProgram(program);
    if (missing) return missing;
  }
  try {
    await using _disk = await CuttableDisk.open();
    return undefined;
  } catch (error) {
    return `this machine mounts no file system of its own: ${String(error)}`;
  }
}

/**
 * An ext4 file system on a loop device whose power can be cut: everything that was not written to the device by then, such as data that was written
 * but not synced, is lost.
 */
export class CuttableDisk implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  #image: string;

  private constructor(folder: string) {
    this.#image = join(folder, "image");
    this.#folder = folder;
    this.path = join(folder, "disk");
  }

  static async open(): Promise<CuttableDisk> {
    const disk = new CuttableDisk(await mkdtemp(join(tmpdir(), "hearth-power-")));
    try {
      await using image = await open(disk.#image, "w");
      await image.truncate(SIZE_BYTES);
      await execute("chmod", ["755", disk.#folder]);
      await execute("mkdir", ["-p", disk.path]);
      await execute("mkfs.ext4", ["-q", "-F", disk.#image]);
      await disk.#mount();
    } catch (error) {
      await rm(disk.#folder, { recursive: true, force: true });
      throw error;
    }
    return disk;
  }

  /** Cuts the power of the disk, and ends the processes that have its path in their command line or environment. */
  async cut(): Promise<void> {
    await execute("python3", ["-c", CUT, this.path]);
    for (const pid of await readdir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const texts = await Promise.all(
        ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
      ).catch(
        () => [], // it has ended
      );
      if (texts.some((text) => text.includes(this.path))) process.kill(Number(pid), "SIGKILL");
    }
  }

  /** Mounts it again at the same path. Processes that still have files open there keep the old, dead file system. */
  async powerOn(): Promise<void> {
    await execute("umount", ["--lazy", this.path]);
    const before = this.#image;
    this.#image = `${before}+`;
    await execute("cp", ["--sparse=always", before, this.#image]);
    await this.#mount();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execute("umount", ["--lazy", this.path]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Its journal is not written by time, so that nothing becomes durable just because a test takes long. */
  async #mount(): Promise<void> {
    await execute("mount", ["-o", "loop,commit=300", this.#image, this.path]);
  }
}

async function execute(program: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
}
