import { chmod, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { Mutex, type Random } from "@hearth/kit";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { INSTALLATION_LABEL } from "../labels.ts";
import { HARDENED } from "../hardened.ts";
import { OWN_IMAGE_PROGRAM } from "../../families/provided.ts";
import { isNotFound, type Progress } from "./engineImages.ts";
import type { RuntimeImages } from "./runtimeImages.ts";

const MAX_BYTES = 256 * 1024 * 1024;

export interface InterpreterDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly runtimeImages: Pick<RuntimeImages, "ensure">;
  /** Absolute, and the same on the engine's host. */
  readonly dataDir: string;
  readonly random: Random;
}

/**
 * The program that Hearth starts inside a function's own image, which may have neither an interpreter nor libraries: Python with its own loader, and
 * the bootstrap of custom runtimes. Copied once from that runtime's image into a folder that is named after the image.
 */
export class Interpreter implements AsyncDisposable {
  readonly #deps: InterpreterDeps;
  readonly #oneAtATime = new Mutex();
  readonly #stop = new AbortController();
  #isSwept = false;

  constructor(deps: InterpreterDeps) {
    this.#deps = deps;
  }

  /** Absolute path of the folder. */
  async ensure(progress: Progress, signal: AbortSignal): Promise<string> {
    const { runtimeImages, dataDir, random } = this.#deps;
    const { image } = await runtimeImages.ensure(OWN_IMAGE_PROGRAM.runtime, progress, signal);
    using _turn = await this.#oneAtATime.acquire(signal);
    this.#stop.signal.throwIfAborted();
    const folder = join(dataDir, "interpreter", image.replace(/^.*:/, ""));
    if (await exists(folder)) return folder;
    const partial = `${folder}.${random.hex(4)}.partial`;
    try {
      await mkdir(partial, { recursive: true });
      await this.#unpack(image, partial);
      await settle(partial);
      await rename(partial, folder);
      await sync(dirname(folder));
      await removeOthers(folder);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    return folder;
  }

  /** Removes the container of a launcher that was killed while it copied. */
  async sweep(): Promise<void> {
    if (this.#isSwept) return;
    using _turn = await this.#oneAtATime.acquire(this.#stop.signal);
    await remove(this.#container());
    this.#isSwept = true;
  }

  /** Ends a copy that runs, and resolves when its container and its partial folder are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the launcher is ending"));
    using _turn = await this.#oneAtATime.acquire();
  }

  #container(): Docker.Container {
    return this.#deps.docker.getContainer(interpreterContainer(this.#deps.installation));
  }

  async #unpack(image: string, folder: string): Promise<void> {
    const { docker, installation } = this.#deps;
    const stop = this.#stop.signal;
    const name = interpreterContainer(installation);
    const program = { Image: image, Entrypoint: [...OWN_IMAGE_PROGRAM.pack], Cmd: [], Env: [] };
    await remove(this.#container()); // of a start that was killed
    // Without its container the copy fails, wherever it is.
    let ending: Promise<void> | undefined;
    const end = (): void => void (ending = remove(this.#container()).catch(() => undefined)); // `finally` tries again
    stop.addEventListener("abort", end, { once: true });
    try {
      const container = await docker.createContainer({
        name,
        Labels: { [INSTALLATION_LABEL]: installation },
        ...program,
        HostConfig: { ...HARDENED, NetworkMode: "none" },
      });
      stop.throwIfAborted();
      const attached = await container.attach({ stream: true, stdout: true, stderr: true });
      const [out, complaints] = [new PassThrough(), new PassThrough()];
      docker.modem.demuxStream(attached, out, complaints);
      attached.once("end", () => [out, complaints].forEach((stream) => stream.end()));
      attached.once("error", (error: Error) => out.destroy(error));
      const [, said] = await Promise.all([writeTar(out, folder), textOf(complaints), container.start()]);
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      if (StatusCode !== 0) throw new Error(`the interpreter could not be taken from ${image}: ${said}`);
    } finally {
      stop.removeEventListener("abort", end);
      await ending; // the engine refuses to remove what it is removing
      await remove(this.#container());
    }
  }
}

/** The name of the container that the interpreter is copied from. */
export function interpreterContainer(installation: string): string {
  return `hearth-interpreter-${installation}`;
}

async function remove(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** Removes the folders of earlier versions of Hearth and of interrupted starts. */
async function removeOthers(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (name !== basename(folder)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function writeTar(archive: Readable, folder: string): Promise<void> {
  const entries = extract();
  archive.pipe(entries);
  archive.once("error", (error) => entries.destroy(error));
  let bytes = 0;
  for await (const entry of entries) {
    const { name, type, mode, size } = entry.header;
    const path = normalize(join(folder, name));
    bytes += size;
    if (!path.startsWith(`${folder}/`) || bytes > MAX_BYTES) throw new Error(`${name} cannot be taken into ${folder}`);
    if (type === "directory") await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      await writeFile(path, Buffer.concat(pieces));
      await chmod(path, mode & 0o111 ? 0o755 : 0o644);
    }
    entry.resume();
  }
}

/** Makes folders readable for the sandbox's user whatever the umask is, and syncs everything to disk, so that the final name never means a partial copy. */
export async function settle(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await settle(path);
    else if (entry.isFile()) await sync(path);
  }
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  await using file = await open(path);
  await file.sync();
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const piece of stream) text += String(piece).slice(0, 2000);
  return text.slice(0, 2000);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
