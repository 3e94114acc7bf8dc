import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { type Pack, pack } from "tar-stream";
import { type PullMessage, PulledBytes } from "./pulledBytes.ts";
import type { RegistryCredentials } from "./registryCredentials.ts";

const EPOCH = new Date(0);

export type Progress = (message: string) => void;

/** An entry of a build context: a file or folder of this host, or text. */
export type ContextEntry =
  | { readonly to: string; readonly from: string; readonly omit?: RegExp }
  | { readonly to: string; readonly text: string };

export interface PullOptions {
  readonly credentials?: RegistryCredentials | undefined;
  readonly maxBytes?: number;
}

export class PullTooLarge extends Error {}

export interface EngineImagesDeps {
  readonly docker: Docker;
}

/** The images of one Docker Engine: finds, pulls and builds them. */
export class EngineImages {
  readonly #deps: EngineImagesDeps;

  constructor(deps: EngineImagesDeps) {
    this.#deps = deps;
  }

  async exists(image: string): Promise<boolean> {
    try {
      await this.#deps.docker.getImage(image).inspect();
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Rejects when the registry does not have it or does not answer; with PullTooLarge as soon as its compressed size is known to exceed `maxBytes`. */
  async pull(image: string, signal: AbortSignal, options: PullOptions = {}): Promise<void> {
    const { docker } = this.#deps;
    const { credentials, maxBytes = Infinity } = options;
    const tooLarge = new AbortController();
    const until = AbortSignal.any([signal, tooLarge.signal]);
    const pulled = new PulledBytes();
    const stream = await docker.pull(image, { abortSignal: until, authconfig: credentials });
    await this.#follow(
      stream,
      () => undefined,
      until,
      (said) => {
        if (pulled.add(said) > maxBytes) tooLarge.abort(new PullTooLarge(`it takes more than ${maxBytes} bytes`));
      },
    );
  }

  async tag(image: string, as: string): Promise<void> {
    const [repo = "", tag = "latest"] = as.split(/:([^:/]+)$/);
    await this.#deps.docker.getImage(image).tag({ repo, tag });
  }

  /** Makes an image of a root file system. When `signal` aborts, there is no image. */
  async import(image: string, root: Pack, signal: AbortSignal): Promise<void> {
    const [repo, tag] = image.split(":");
    const stream = await this.#deps.docker.importImage(root as unknown as Readable, { repo, tag, abortSignal: signal });
    await this.#follow(stream as unknown as Readable, () => undefined, signal);
  }

  /** `docker build` with a context made of `entries`, one of which is the Dockerfile. */
  async build(
    image: string,
    entries: readonly ContextEntry[],
    options: {
      readonly buildargs?: Record<string, string>;
      readonly labels?: Record<string, string>;
      readonly target?: string;
    },
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    const { docker } = this.#deps;
    const context = contextOf(entries) as unknown as Readable;
    const settings = { t: image, rm: true, forcerm: true, networkmode: "none", abortSignal: signal, ...options };
    const stream = await docker.buildImage(context, settings);
    await this.#follow(stream as Readable, progress, signal);
  }

  /** The engine's architecture by its name in npm. Rejects for one that Hearth builds no images for. */
  async architecture(): Promise<"x64" | "arm64"> {
    const { Arch } = await this.#deps.docker.version();
    if (Arch === "amd64") return "x64";
    if (Arch === "arm64") return "arm64";
    throw new Error(`no images can be made for the architecture ${Arch}`);
  }

  /** Reads the engine's messages to the end; rejects with the error that they report. */
  #follow(
    stream: NodeJS.ReadableStream,
    progress: Progress,
    signal: AbortSignal,
    onMessage: (said: PullMessage) => void = () => undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        (stream as Readable).destroy();
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      let failure: string | undefined;
      const done = (error: Error | null): void => {
        signal.removeEventListener("abort", onAbort);
        if (error) reject(error);
        else if (failure !== undefined) reject(new Error(failure));
        else resolve();
      };
      this.#deps.docker.modem.followProgress(
        stream,
        done,
        (said: PullMessage & { stream?: string; error?: string }) => {
          onMessage(said);
          failure = said.error ?? failure;
          if (said.stream?.startsWith("Step ")) progress(said.stream.trim());
        },
      );
    });
  }
}

export function shortHash(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 12);
}

export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

function contextOf(entries: readonly ContextEntry[]): Pack {
  const out = pack();
  writeContext(out, entries).then(
    () => out.finalize(),
    (error: Error) => out.destroy(error),
  );
  return out;
}

async function writeContext(out: Pack, entries: readonly ContextEntry[]): Promise<void> {
  for (const entry of entries) {
    if ("text" in entry)
      await new Promise<void>((done) => out.entry({ name: entry.to, mtime: EPOCH }, entry.text, () => done()));
    else await addTree(out, entry.from, entry.to, entry.omit);
  }
}

async function addTree(out: Pack, from: string, to: string, omit: RegExp | undefined): Promise<void> {
  if (omit?.test(to)) return;
  const found = lstatSync(from);
  const header = { name: to, mtime: EPOCH, uid: 0, gid: 0 };
  if (found.isDirectory()) {
    out.entry({ ...header, type: "directory", mode: 0o755 });
    for (const name of readdirSync(from).sort()) await addTree(out, join(from, name), `${to}/${name}`, omit);
  } else if (found.isSymbolicLink()) out.entry({ ...header, type: "symlink", linkname: readlinkSync(from) });
  else if (found.isFile())
    await addFile(out, from, { ...header, mode: found.mode & 0o111 ? 0o755 : 0o644, size: found.size });
}

function addFile(out: Pack, from: string, header: { name: string; size: number; mode: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = out.entry(header, (error) => (error ? reject(error) : resolve()));
    createReadStream(from)
      .on("error", reject)
      .pipe(entry as unknown as NodeJS.WritableStream);
  });
}
