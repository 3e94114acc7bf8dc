import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Logger, makePrivateFolder, Mutex, writeDurableFile } from "@hearth/kit";
import { type ImageResolution, OWNER_ACCOUNT, parseImageReference, RUNTIMES } from "@hearth/model";
import { ImageUnavailable, type RuntimeSupport, RuntimeUnavailable } from "../../driver.ts";
import { notServed } from "../../runtimeTable.ts";
import { awsImageName, awsPreviewName } from "./awsImageName.ts";
import type { Progress } from "./engineImages.ts";
import type { ImageRight } from "./imageGrants.ts";
import { type BootableImage, FunctionImages, type FunctionImagesDeps } from "./functionImages.ts";

/** How long the registry's answer for a tag is taken as the newest: many functions may be created in a row. */
const ASKED_EVERY_MS = 3_600_000;
const DIGEST = /^[0-9a-f]{64}$/;

type Images = Pick<FunctionImages, "resolve" | "ensure" | "bootable" | "kept" | "release">;

export interface AwsRuntimesDeps {
  readonly images: Images;
  /** A registry and path that has AWS's images, such as `public.ecr.aws/lambda`. */
  readonly prefix: string;
  /** Where the newest digests are kept. */
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** What the tag of a runtime's image meant when the registry was last asked. */
interface Newest {
  /** With the tag: another prefix is another image. */
  readonly image: string;
  readonly digest: string;
  readonly askedAtMs: number;
}

/**
 * AWS's own base images as runtimes. A version of a runtime is an image, known by its digest: it is pulled by that, the engine checks it, and functions keep it
 * until their runtime management has them take a newer one. Never falls back to an image of Hearth's own.
 */
export class AwsRuntimes {
  readonly #deps: AwsRuntimesDeps;
  /** One question at a time for each runtime. */
  readonly #asking = new Map<string, Mutex>();

  constructor(deps: AwsRuntimesDeps) {
    this.#deps = deps;
  }

  /** Aborting `stop` ends every pull. */
  static open(
    deps: Omit<FunctionImagesDeps, "grants" | "purpose"> & { readonly prefix: string },
    stop: AbortSignal,
  ): AwsRuntimes {
    const { prefix, clock, logger } = deps;
    const folder = join(deps.dataDir, "aws-runtimes");
    // The operator has named the registry, at a private address or not.
    const grants = { of: (): ImageRight => "named" };
    const images = new FunctionImages({ ...deps, dataDir: folder, grants, purpose: "aws-runtime" }, stop);
    return new AwsRuntimes({ images, prefix, folder, clock, logger });
  }

  support(): Promise<readonly RuntimeSupport[]> {
    return Promise.all(
      Object.keys(RUNTIMES).map(async (runtime): Promise<RuntimeSupport> => {
        const image = awsImageName(runtime, this.#deps.prefix);
        if (image === undefined) return notServed(runtime);
        const known = await this.#read(runtime, image);
        return { runtime, servedBy: runtime, state: known ? "ready" : "obtainable", image };
      }),
    );
  }

  /** Makes the version available, or the newest one. Resolves with its digest. Rejects with `RuntimeUnavailable`, saying why. */
  async ensure(runtime: string, version: string | undefined, progress: Progress, signal: AbortSignal): Promise<string> {
    const image = awsImageName(runtime, this.#deps.prefix);
    if (image === undefined) throw new RuntimeUnavailable(notServed(runtime).reason);
    const digest = version ?? (await this.#newest(runtime, image, progress, signal));
    const repository = parseImageReference(image)?.repository ?? image;
    try {
      await this.#deps.images.ensure({ accountId: OWNER_ACCOUNT, repository, digest }, progress, signal);
    } catch (error) {
      if (error instanceof ImageUnavailable)
        throw unavailable(runtime, `${repository}@sha256:${digest}`, error.message);
      throw error;
    }
    return digest;
  }

  bootable(digest: string): Promise<BootableImage> {
    return this.#deps.images.bootable(digest);
  }

  /** See `ImageSource.keptImages`. */
  kept(): Promise<readonly string[]> {
    return this.#deps.images.kept();
  }

  /** See `ImageSource.releaseImage`. */
  release(digest: string): Promise<void> {
    return this.#deps.images.release(digest);
  }

  /** What the tag means now. Where the registry does not say, what it meant last: that is an image of AWS's, too. */
  async #newest(runtime: string, image: string, progress: Progress, signal: AbortSignal): Promise<string> {
    const { clock, logger } = this.#deps;
    const asking = this.#asking.get(runtime) ?? new Mutex();
    this.#asking.set(runtime, asking);
    using _turn = await asking.acquire(signal);
    const known = await this.#read(runtime, image);
    if (known && Math.abs(clock.now() - known.askedAtMs) < ASKED_EVERY_MS) return known.digest;
    progress(`asking the registry for ${image}`);
    const found = await this.#resolve(runtime, image, signal);
    if (found.kind === "found") {
      this.#write(runtime, { image, digest: found.digest, askedAtMs: clock.now() });
      if (known?.digest !== found.digest) logger.info({ image, digest: found.digest }, "newest image of a runtime");
      return found.digest;
    }
    if (!known) throw unavailable(runtime, image, found.reason);
    logger.warn(
      { image, digest: known.digest, reason: found.reason },
      "the newest image of a runtime is not known; the one that was newest when the registry last answered is used",
    );
    return known.digest;
  }

  /** Under the name of its preview where the registry does not have it under its own. */
  async #resolve(runtime: string, image: string, signal: AbortSignal): Promise<ImageResolution> {
    const { images, prefix } = this.#deps;
    const found = await images.resolve(image, OWNER_ACCOUNT, signal);
    const preview = awsPreviewName(runtime, prefix);
    if (found.kind !== "missing" || preview === undefined) return found;
    const asPreview = await images.resolve(preview, OWNER_ACCOUNT, signal);
    return asPreview.kind === "missing" ? found : asPreview;
  }

  async #read(runtime: string, image: string): Promise<Newest | undefined> {
    try {
      const known = JSON.parse(await readFile(this.#file(runtime), "utf8")) as Newest;
      return known.image === image && DIGEST.test(known.digest) ? known : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #write(runtime: string, newest: Newest): void {
    makePrivateFolder(this.#deps.folder);
    writeDurableFile(this.#file(runtime), JSON.stringify(newest), { mode: 0o600 });
  }

  #file(runtime: string): string {
    return join(this.#deps.folder, `${runtime}.json`);
  }
}

function unavailable(runtime: string, image: string, reason: string): RuntimeUnavailable {
  return new RuntimeUnavailable(
    `${runtime} runs in AWS's image ${image}, which cannot be had: ${reason} (HEARTH_RUNTIME_IMAGES says where it comes from; "debian" has Hearth make images itself)`,
  );
}
