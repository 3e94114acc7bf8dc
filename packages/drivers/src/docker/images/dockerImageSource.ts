import type { ImageResolution } from "@hearth/model";
import {
  type FunctionImage,
  imageName,
  type ImageProgram,
  type ImageProgress,
  type ImageSource,
  type PoolKey,
  type RuntimeSupport,
} from "../../driver.ts";
import type { AwsRuntimes } from "./awsRuntimes.ts";
import type { RuntimeImageOfHearth, OwnImage } from "../template.ts";
import type { Progress } from "./engineImages.ts";
import type { FunctionImages } from "./functionImages.ts";
import type { Interpreter } from "./interpreter.ts";
import type { RuntimeImages } from "./runtimeImages.ts";

export interface DockerImageSourceDeps {
  readonly runtimeImages: RuntimeImages;
  readonly functionImages: FunctionImages;
  /** Runs functions in AWS's images instead of Hearth's own. */
  readonly awsRuntimes?: AwsRuntimes | undefined;
  readonly interpreter: Interpreter;
}

/** The images of a Docker Engine that sandboxes run: those of languages, and those that functions bring. */
export class DockerImageSource implements ImageSource, AsyncDisposable {
  readonly #deps: DockerImageSourceDeps;
  readonly #listeners: ((progress: ImageProgress) => void)[] = [];

  constructor(deps: DockerImageSourceDeps) {
    this.#deps = deps;
  }

  runtimes(): Promise<readonly RuntimeSupport[]> {
    return (this.#deps.awsRuntimes ?? this.#deps.runtimeImages).support();
  }

  ensureRuntime(runtime: string, signal: AbortSignal): Promise<string | undefined> {
    return this.ensureRuntimeVersion(runtime, undefined, signal);
  }

  async ensureRuntimeVersion(
    runtime: string,
    wanted: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { awsRuntimes, runtimeImages, interpreter } = this.#deps;
    const progress = this.#progressOf(runtime);
    if (!awsRuntimes) {
      await runtimeImages.ensure(runtime, progress, signal);
      return undefined;
    }
    const version = await awsRuntimes.ensure(runtime, wanted, progress, signal);
    await interpreter.ensure(progress, signal);
    return version;
  }

  resolveImage(reference: string, accountId: string, signal: AbortSignal): Promise<ImageResolution> {
    return this.#deps.functionImages.resolve(reference, accountId, signal);
  }

  async ensureImage(image: FunctionImage, signal: AbortSignal): Promise<ImageProgram> {
    const progress = this.#progressOf(imageName(image));
    const program = await this.#deps.functionImages.ensure(image, progress, signal);
    await this.#deps.interpreter.ensure(progress, signal);
    return program;
  }

  async keptImages(): Promise<readonly string[]> {
    const { functionImages, awsRuntimes } = this.#deps;
    return [...(await functionImages.kept()), ...((await awsRuntimes?.kept()) ?? [])];
  }

  async releaseImage(digest: string): Promise<void> {
    const { functionImages, awsRuntimes } = this.#deps;
    await functionImages.release(digest);
    await awsRuntimes?.release(digest);
  }

  onProgress(listener: (progress: ImageProgress) => void): void {
    this.#listeners.push(listener);
  }

  /** The image that a sandbox of this pool is started from. */
  async imageFor(key: PoolKey, signal: AbortSignal): Promise<RuntimeImageOfHearth | OwnImage> {
    const { image, runtime, runtimeVersion } = key;
    const { runtimeImages, functionImages, awsRuntimes, interpreter } = this.#deps;
    if (image === undefined && awsRuntimes) {
      const version = await awsRuntimes.ensure(runtime, runtimeVersion, this.#progressOf(runtime), signal);
      const folder = await interpreter.ensure(() => undefined, signal);
      return { ...(await awsRuntimes.bootable(version)), interpreter: folder, isRuntime: true };
    }
    if (image === undefined) {
      const found = await runtimeImages.ensure(runtime, this.#progressOf(runtime), signal);
      return { name: found.image, command: found.command };
    }
    const folder = await interpreter.ensure(() => undefined, signal);
    return { ...(await functionImages.bootable(image)), interpreter: folder };
  }

  /** The engine did not find the image of `runtime`: its name must be looked up again. */
  forget(runtime: string): void {
    this.#deps.runtimeImages.forget(runtime);
  }

  /** Removes what a killed launcher left while it made images ready. */
  async sweep(): Promise<void> {
    await this.#deps.interpreter.sweep();
  }

  /** Ends what runs in containers of its own, and removes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#deps.interpreter[Symbol.asyncDispose]();
  }

  #progressOf(runtime: string): Progress {
    return (message) => {
      for (const listener of this.#listeners) listener({ runtime, message });
    };
  }
}
