import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, type Logger, Mutex } from "@hearth/kit";
import { abortable } from "../../abortable.ts";
import { bootstrapOf } from "../../bootstraps.ts";
import { type RuntimeSupport, RuntimeUnavailable } from "../../driver.ts";
import { everyRuntime, identifierOf, meaningOf, notBuilt, type RuntimeMeaning } from "../../runtimeTable.ts";
import type { Downloads } from "./download.ts";
import { type ContextEntry, type EngineImages, type Progress, shortHash } from "./engineImages.ts";
import { installNpmFolder } from "./npmFolder.ts";
import { wheelsFor } from "./pythonPackages.ts";
import { debianServing, publishedBase } from "./recipes.ts";
import { unpackWheel } from "./wheels.ts";

const DOCKER_FOLDER = resolve(import.meta.dirname, "../../../../../docker");
const PULL_TIMEOUT_MS = 120_000;
/** What makes an SDK large and is not needed to run it. */
const NOT_RUN =
  /\.(d\.[cm]?ts|map|md)$|\/dist-types(\/|$)|\/node_modules\/(\.bin|\.package-lock\.json|node-linux-[a-z0-9]+)(\/|$)/;
const NOT_IN_BOOTSTRAP = /\.test\.|__pycache__|\.pyc$/;

export interface RuntimeImagesDeps {
  readonly images: EngineImages;
  readonly downloads: Downloads;
  /** Where npm and wheels are unpacked for a moment. */
  readonly workDir: string;
  readonly imageRegistry: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a runtime identifier is served by. */
export interface RuntimeImage {
  readonly image: string;
  readonly servedBy: string;
}

/** One image per runtime, named by its content, so that a changed bootstrap is another image. */
export class RuntimeImages {
  readonly #deps: RuntimeImagesDeps;
  readonly #making = new Map<string, Promise<RuntimeImage>>();
  readonly #ready = new Map<string, RuntimeImage>();
  readonly #oneAtATime = new Mutex();
  readonly #stop: AbortSignal;

  /** Aborting `stop` ends every build. */
  constructor(deps: RuntimeImagesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** The image, if the engine has it. */
  async find(runtime: string): Promise<RuntimeImage | undefined> {
    const known = this.#ready.get(runtime);
    if (known) return known;
    const meaning = meaningOf(runtime);
    if (!meaning) return undefined;
    for (const candidate of candidates(meaning)) {
      const image = imageName(candidate);
      if (!(await this.#deps.images.exists(image))) continue;
      const found = { image, servedBy: identifierOf(candidate) };
      this.#ready.set(runtime, found);
      return found;
    }
    return undefined;
  }

  /** Forgets what is known of the engine's images: one of them has gone. */
  forget(runtime: string): void {
    this.#ready.delete(runtime);
  }

  async support(): Promise<readonly RuntimeSupport[]> {
    const found = new Map<string, RuntimeImage | undefined>();
    for (const runtime of everyRuntime((name) => notBuilt(name)).map((entry) => entry.runtime)) {
      if (meaningOf(runtime)) found.set(runtime, await this.find(runtime));
    }
    return everyRuntime((runtime, meaning) => {
      const image = found.get(runtime);
      if (image) return { runtime, servedBy: image.servedBy, state: "ready" };
      const serving = debianServing(meaning);
      if (serving) return { runtime, servedBy: identifierOf(serving.serves), state: "obtainable" };
      if (publishedBase(meaning)) return { runtime, servedBy: runtime, state: "obtainable" };
      return { runtime, servedBy: runtime, state: "unavailable", reason: `Hearth has no image for ${runtime}` };
    });
  }

  /** Finds or makes the image. Callers that want the same one share the work, which goes on when one of them gives up. */
  async ensure(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage> {
    const found = await this.find(runtime);
    if (found) return found;
    const meaning = meaningOf(runtime);
    if (!meaning) throw new RuntimeUnavailable(notBuilt(runtime).reason);
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
    const made = { image: imageName(serves), servedBy: identifierOf(serves) };
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
    const bootstrap = { to: "root/var/runtime", from: bootstrapOf(serves.family).folder, omit: NOT_IN_BOOTSTRAP };
    const dockerfile = { to: "Dockerfile", from: join(DOCKER_FOLDER, "runtimes", "bootstrap.Dockerfile") };
    await images.build(image, [dockerfile, bootstrap], { buildargs: { BASE: language } }, progress, this.#stop);
    logger.info({ image }, "runtime image built");
  }

  async #buildLanguage(serves: RuntimeMeaning, base: string, image: string, progress: Progress): Promise<void> {
    await using contents = await this.#contents(serves, progress);
    const dockerfile = { to: "Dockerfile", from: join(DOCKER_FOLDER, "runtimes", `${serves.family}.Dockerfile`) };
    const buildargs = { BASE: base, ...(serves.family === "python" ? { PYTHON: serves.version } : {}) };
    await this.#deps.images.build(image, [dockerfile, ...contents.entries], { buildargs }, progress, this.#stop);
  }

  /** What lies over the base. */
  async #contents(
    { family, version }: RuntimeMeaning,
    progress: Progress,
  ): Promise<{ entries: ContextEntry[] } & AsyncDisposable> {
    const { workDir, images, downloads } = this.#deps;
    if (family === "nodejs") {
      progress(`installing Node.js ${version} and the AWS SDK from npm`);
      const manifests = join(DOCKER_FOLDER, "nodejs", version);
      const folder = await installNpmFolder(
        { manifests, parent: workDir, architecture: await images.architecture() },
        this.#stop,
      );
      const modules = join(folder.path, "node_modules");
      const node = {
        to: "root/var/lang/bin/node",
        from: join(modules, `node-linux-${await images.architecture()}`, "bin", "node"),
      };
      const sdk = { to: "root/var/runtime/node_modules", from: modules, omit: NOT_RUN };
      return { entries: [node, sdk], [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
    }
    if (family === "provided") {
      const bin = { to: "root/var/lang/bin/.keep", text: "" };
      return { entries: [bin], [Symbol.asyncDispose]: () => Promise.resolve() };
    }
    progress("downloading boto3 from PyPI");
    mkdirSync(workDir, { recursive: true });
    const folder = mkdtempSync(join(workDir, "wheels-"));
    for (const { url, sha256 } of wheelsFor(version)) {
      await unpackWheel(await downloads.file([url], sha256, this.#stop), folder);
    }
    const packages = { to: "root/var/runtime", from: folder };
    const bin = { to: "root/var/lang/bin/.keep", text: "" };
    const dispose = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
    return { entries: [bin, packages], [Symbol.asyncDispose]: dispose };
  }
}

/** What may serve `meaning`, best first. */
function candidates(meaning: RuntimeMeaning): readonly RuntimeMeaning[] {
  const serving = debianServing(meaning);
  return [...(publishedBase(meaning) ? [meaning] : []), ...(serving ? [serving.serves] : [])];
}

/** The hash is of all that this project puts into it: another SDK is another image. */
function languageImageName(meaning: RuntimeMeaning): string {
  const { family } = meaning;
  const packages = packagesOf(meaning);
  const dockerfile = readFileSync(join(DOCKER_FOLDER, "runtimes", `${family}.Dockerfile`));
  const recipe = JSON.stringify(debianServing(meaning) ?? null);
  return `hearth/base:${identifierOf(meaning)}-${shortHash(packages, dockerfile, recipe)}`;
}

function packagesOf({ family, version }: RuntimeMeaning): Buffer | string {
  if (family === "provided") return "";
  if (family === "python") return JSON.stringify(wheelsFor(version));
  return readFileSync(join(DOCKER_FOLDER, "nodejs", version, "package-lock.json"));
}

/** `hearth/runtime:nodejs22.x-0123456789ab`: another bootstrap is another image. */
function imageName(meaning: RuntimeMeaning): string {
  const bootstrap = bootstrapOf(meaning.family).folder;
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
