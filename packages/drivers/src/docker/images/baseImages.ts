import type { DebianArchitecture, DebianArchive } from "./debian/archive.ts";
import { rootfs } from "./debian/rootfs.ts";
import { type BaseRecipe, OMITTED } from "./baseRecipe.ts";
import type { Downloads } from "./download.ts";
import { type EngineImages, type Progress, shortHash } from "./engineImages.ts";

const PARALLEL_DOWNLOADS = 4;

export interface BaseImagesDeps {
  readonly images: EngineImages;
  readonly archive: DebianArchive;
  readonly downloads: Downloads;
}

/** Images made of Debian packages. */
export class BaseImages {
  readonly #deps: BaseImagesDeps;

  constructor(deps: BaseImagesDeps) {
    this.#deps = deps;
  }

  /** See `ImageMaker.base`. */
  async ensure(recipe: BaseRecipe, progress: Progress, signal: AbortSignal): Promise<string> {
    const { images, archive, downloads } = this.#deps;
    const image = baseImageName(recipe);
    if (await images.exists(image)) return image;
    const architecture: DebianArchitecture = (await images.architecture()) === "x64" ? "amd64" : "arm64";
    progress(`reading the package lists of Debian ${recipe.suite.name}`);
    const index = await archive.index(recipe.suite, architecture, signal);
    const packages = index.closure(recipe.packages, OMITTED);
    const totalBytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const files: string[] = [];
    let doneBytes = 0;
    const queue = packages.entries();
    const work = async (): Promise<void> => {
      for (const [i, { archives, filename, sha256, sizeBytes }] of queue) {
        files[i] = await downloads.file(
          archives.map((url) => `${url}/${filename}`),
          sha256,
          signal,
        );
        doneBytes += sizeBytes;
        const percent = Math.round((doneBytes / totalBytes) * 100);
        progress(`downloading ${packages.length} Debian packages, ${percent} % of ${Math.ceil(totalBytes / 1e6)} MB`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_DOWNLOADS }, work));
    progress("unpacking Debian packages into an image");
    await images.import(image, rootfs(files, recipe.extra), signal);
    return image;
  }
}

/** `hearth/base:net-0123456789ab`: the hash changes with the recipe. */
export function baseImageName(recipe: BaseRecipe): string {
  return `hearth/base:${recipe.name}-${shortHash(JSON.stringify(recipe))}`;
}
