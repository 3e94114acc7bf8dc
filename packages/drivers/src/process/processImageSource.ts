import type { ImageResolution } from "@hearth/model";
import { type ImageProgram, type ImageSource, ImageUnavailable, type RuntimeSupport } from "../driver.ts";
import type { Interpreters } from "./interpreters.ts";

export const NO_IMAGES = "container images need a Docker Engine, and this Hearth runs functions as plain processes.";

/** The interpreters of this machine as runtimes; no images. */
export class ProcessImageSource implements ImageSource {
  readonly #interpreters: Interpreters;

  constructor(interpreters: Interpreters) {
    this.#interpreters = interpreters;
  }

  runtimes(): Promise<readonly RuntimeSupport[]> {
    return this.#interpreters.support();
  }

  async ensureRuntime(runtime: string): Promise<undefined> {
    await this.#interpreters.find(runtime);
  }

  async ensureRuntimeVersion(runtime: string): Promise<undefined> {
    await this.#interpreters.find(runtime);
  }

  resolveImage(): Promise<ImageResolution> {
    return Promise.resolve({ kind: "unsupported", reason: NO_IMAGES });
  }

  ensureImage(): Promise<ImageProgram> {
    return Promise.reject(new ImageUnavailable("InvalidImage", NO_IMAGES));
  }

  keptImages(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  releaseImage(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing is pulled or built. */
  onProgress(): void {}
}
