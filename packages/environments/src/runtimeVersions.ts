import type { ImageSource } from "@hearth/drivers";

/** What really runs for a runtime identifier, in the words of the INIT_START line. */
export class RuntimeVersions {
  readonly #servedBy = new Map<string, string>();
  /** Identifiers that run in images of AWS's. */
  readonly #ofAws = new Set<string>();

  constructor(images: Pick<ImageSource, "runtimes">) {
    void this.#load(images);
  }

  /** Such as `python:3.13.hearth`, and for which identifier where that is another one. */
  describe(runtime: string): string {
    const servedBy = this.#servedBy.get(runtime) ?? runtime;
    const maker = this.#ofAws.has(runtime) ? "aws" : "hearth";
    const name = servedBy.replace(/^([a-z]+)(\d.*?)(\.x)?$/, `$1:$2.${maker}`);
    return servedBy === runtime ? name : `${name} (for ${runtime})`;
  }

  async #load(images: Pick<ImageSource, "runtimes">): Promise<void> {
    try {
      for (const { runtime, servedBy, image } of await images.runtimes()) {
        this.#servedBy.set(runtime, servedBy);
        if (image !== undefined) this.#ofAws.add(runtime);
      }
    } catch {
      // Then every identifier stands for itself in the log line; whoever needs the runtime gets the driver's own error.
      this.#servedBy.clear();
    }
  }
}
