import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, type Logger, Mutex } from "@hearth/kit";
import { abortable } from "../../abortable.ts";
import { type RuntimeSupport, RuntimeUnavailable } from "../../driver.ts";
import { notServed, type RuntimeMeaning, RuntimeTable } from "../../runtimeTable.ts";
import type { RuntimeFamily } from "../../families/family.ts";
import type { BaseRecipe } from "./baseRecipe.ts";
import type { Downloads } from "./download.ts";
import { type EngineImages, type Progress, shortHash } from "./engineImages.ts";

const DOCKER_FOLDER = resolve(import.meta.dirname, "../../../../../docker");
const PULL_TIMEOUT_MS = 120_000;
const NOT_IN_BOOTSTRAP = /\.test\.|__pycache__|\.pyc$/;

export interface RuntimeImagesDeps {
  readonly images: EngineImages;
  readonly downloads: Downloads;
  /** npm packages and wheels are unpacked temporarily below it. */
  readonly workDir: string;
  readonly imageRegistry: string | undefined;
  /** All of Hearth's languages when absent. */
  readonly table?: RuntimeTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The image that serves a runtime identifier. */
export interface RuntimeImage {
  readonly image: string;
  readonly servedBy: string;
  /** Starts the runtime process in a sandbox. */
  readonly command: readonly string[];
}

/** One image per runtime, named by its content, so that a changed bootstrap is another image. */
export class RuntimeImages {
  readonly #deps: RuntimeImagesDeps;
  readonly #table: RuntimeTable;
  readonly #making = new Map<string, Promise<RuntimeImage>>();
  readonly #ready = new Map<string, RuntimeImage>();
  readonly #oneAtATime = new Mutex();
  readonly #stop: AbortSignal;

  /** Aborting `stop` ends every build. */
  constructor(deps: RuntimeImagesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#table = deps.table ?? new RuntimeTable();
    this.#stop = stop;
  }

  /** The image, if the engine has it. */
  async find(runtime: string): Promise<RuntimeImage | undefined> {
    const known = this.#ready.get(runtime);
    if (known) return known;
    const meaning = this.#table.meaningOf(runtime);
    if (!meaning) return undefined;
    for (const candidate of candidates(meaning)) {
      const image = imageName(candidate);
      if (!(await this.#deps.images.exists(image))) continue;
      const found = runtimeImage(candidate);
      this.#ready.set(runtime, found);
      return found;
    }
    return undefined;
  }

  /** Forgets that the engine has this image: it was removed. */
  forget(runtime: string): void {
    this.#ready.delete(runtime);
  }

  support(): Promise<readonly RuntimeSupport[]> {
    return this.#table.support(async (runtime, meaning) => {
      const image = await this.find(runtime);
      if (image) return { runtime, servedBy: image.servedBy, state: "ready" };
      const serving = debianServing(meaning);
      if (serving) return { runtime, servedBy: identifierOf(serving.serves), state: "obtainable" };
      if (publishedBase(meaning)) return { runtime, servedBy: runtime, state: "obtainable" };
      return { runtime, servedBy: runtime, state: "unavailable", reason: `Hearth has no image for ${runtime}` };
    });
  }

  /** Finds or makes the image. Concurrent callers share the work, which continues when one of them aborts. */
  async ensure(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage> {
    const found = await this.find(runtime);
    if (found) return found;
    const meaning = this.#table.meaningOf(runtime);
    if (!meaning) throw new RuntimeUnavailable(notServed(runtime).reason);
    let making = this.#making.get(runtime);
    if (!making) {
      making = this.#make(runtime, meaning, progress).finally(() => this.#making.delete(runtime));
      this.#making.set(runtime, making);
    }
    return await abortable(making, signal);
  }

  async #make(runtime: string, meaning: RuntimeMeaning, progress: Progress): Promise<RuntimeImage> {
    using _turn = await this.#oneAtATime.acquire(this.#stop);
    const failures: string[] = [];
    for (const way of [() => this.#pull(meaning, progress), () => this.#onPublished(meaning, progress)]) {
      try {
        if (await way()) return this.#made(runtime, meaning);
      } catch (error) {
        this.#stop.throwIfAborted();
        failures.push((error as Error).message);
      }
    }
    const serving = debianServing(meaning);
    try {
      if (!serving) throw new Error("Debian has no packages of it");
      const { images } = this.#deps;
      await this.#build(serving.serves, () => images.base(serving.base, progress, this.#stop), progress);
      return this.#made(runtime, serving.serves);
    } catch (error) {
      this.#stop.throwIfAborted();
      const reasons = [...failures, (error as Error).message].join("; ");
      throw new RuntimeUnavailable(`no image for ${runtime} could be had: ${reasons}`, { cause: error });
    }
  }

  #made(runtime: string, serves: RuntimeMeaning): RuntimeImage {
    const made = runtimeImage(serves);
    this.#ready.set(runtime, made);
    return made;
  }

  async #pull(meaning: RuntimeMeaning, progress: Progress): Promise<boolean> {
    const { images, imageRegistry, clock } = this.#deps;
    if (imageRegistry === undefined) return false;
    const image = imageName(meaning);
    const remote = image.replace(/^hearth/, imageRegistry.replace(/\/+$/, ""));
    progress(`pulling ${remote}`);
    await within(clock, PULL_TIMEOUT_MS, this.#stop, (signal) => images.pull(remote, signal));
    await images.tag(remote, image);
    return true;
  }

  async #onPublished(meaning: RuntimeMeaning, progress: Progress): Promise<boolean> {
    const { images, clock } = this.#deps;
    const base = publishedBase(meaning);
    if (base === undefined) return false;
    const pulled = async (): Promise<string> => {
      if (await images.exists(base)) return base;
      progress(`pulling ${base}`);
      await within(clock, PULL_TIMEOUT_MS, this.#stop, (signal) => images.pull(base, signal));
      return base;
    };
    await this.#build(meaning, pulled, progress);
    return true;
  }

  /** The language with its SDK on the base, unless the engine has that; then the bootstrap over it. */
  async #build(serves: RuntimeMeaning, base: () => Promise<string>, progress: Progress): Promise<void> {
    const { images, logger } = this.#deps;
    const [language, image] = [languageImageName(serves), imageName(serves)];
    if (await images.exists(image)) return;
    if (!(await images.exists(language))) await this.#buildLanguage(serves, await base(), language, progress);
    const bootstrap = { to: "root/var/runtime", from: serves.family.bootstrap.folder, omit: NOT_IN_BOOTSTRAP };
    const dockerfile = { to: "Dockerfile", from: join(DOCKER_FOLDER, "runtimes", "bootstrap.Dockerfile") };
    await images.build(image, [dockerfile, bootstrap], { buildargs: { BASE: language } }, progress, this.#stop);
    logger.info({ image }, "runtime image built");
  }

  async #buildLanguage(serves: RuntimeMeaning, base: string, image: string, progress: Progress): Promise<void> {
    const { family, version } = serves;
    const { images, downloads, workDir } = this.#deps;
    const architecture = (): Promise<"x64" | "arm64"> => images.architecture();
    const tools = { workDir, downloads, progress, signal: this.#stop, architecture };
    await using contents = await family.image.contents(version, tools);
    const dockerfile = { to: "Dockerfile", from: dockerfileOf(family) };
    const buildargs = { BASE: base, ...family.image.buildArguments(version) };
    await images.build(image, [dockerfile, ...contents.entries], { buildargs }, progress, this.#stop);
  }
}

function runtimeImage(serves: RuntimeMeaning): RuntimeImage {
  const { interpreterOptions, bootstrap, image } = serves.family;
  const command = [image.interpreter, ...interpreterOptions, `/var/runtime/${bootstrap.file}`];
  return { image: imageName(serves), servedBy: identifierOf(serves), command };
}

interface Serving {
  readonly base: BaseRecipe;
  readonly serves: RuntimeMeaning;
}

function debianServing({ family, version }: RuntimeMeaning): Serving | undefined {
  const serving = family.image.debian(version);
  return serving && { base: serving.base, serves: { family, version: serving.version } };
}

function publishedBase({ family, version }: RuntimeMeaning): string | undefined {
  return family.image.publishedBase(version);
}

function identifierOf({ family, version }: RuntimeMeaning): string {
  return family.identifierOf(version);
}

function dockerfileOf({ name }: RuntimeFamily): string {
  return join(DOCKER_FOLDER, "runtimes", `${name}.Dockerfile`);
}

/** The versions that may serve `meaning`, best first. */
function candidates(meaning: RuntimeMeaning): readonly RuntimeMeaning[] {
  const serving = debianServing(meaning);
  return [...(publishedBase(meaning) ? [meaning] : []), ...(serving ? [serving.serves] : [])];
}

/** The hash covers everything that this project puts into the image: another SDK is another image. */
function languageImageName(meaning: RuntimeMeaning): string {
  const { family, version } = meaning;
  const dockerfile = readFileSync(dockerfileOf(family));
  const serving = debianServing(meaning);
  const recipe = serving
    ? { base: serving.base, serves: { family: family.name, version: serving.serves.version } }
    : null;
  const hash = shortHash(family.image.packagesOf(version), dockerfile, JSON.stringify(recipe));
  return `hearth/base:${identifierOf(meaning)}-${hash}`;
}

/** `hearth/runtime:nodejs22.x-0123456789ab`: the hash changes with the bootstrap. */
function imageName(meaning: RuntimeMeaning): string {
  const bootstrap = meaning.family.bootstrap.folder;
  const files = readdirSync(bootstrap, { recursive: true, encoding: "utf8" })
    .filter((path) => !NOT_IN_BOOTSTRAP.test(path) && /\.(mjs|py)$/.test(path))
    .sort();
  const contents = files.flatMap((path) => [path, readFileSync(join(bootstrap, path))]);
  return `hearth/runtime:${identifierOf(meaning)}-${shortHash(languageImageName(meaning), ...contents)}`;
}

async function within(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const timeout = new AbortController();
  using _timer = clock.after(ms, () => timeout.abort(new Error(`took longer than ${ms / 1000} s`)));
  await work(AbortSignal.any([signal, timeout.signal]));
}
