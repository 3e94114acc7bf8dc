import { join } from "node:path";
import type { Clock, Logger, Random } from "@hearth/kit";
import type Docker from "dockerode";
import { BaseImages } from "./baseImages.ts";
import { DebianArchive } from "./debian/archive.ts";
import { Downloads } from "./download.ts";
import { EngineImages } from "./engineImages.ts";
import { OwnImageMaker } from "./ownImageMaker.ts";
import { RuntimeImages } from "./runtimeImages.ts";
import type { WorkFolder } from "./workFolder.ts";

const DEFAULT_MIRROR = "https://deb.debian.org";

export interface ImageOptions {
  readonly docker: Docker;
  /** Downloads are kept below it. */
  readonly cacheDir: string;
  /** Below the same folder: unfinished downloads, and what is packed into an image. */
  readonly work: WorkFolder;
  readonly imageRegistry: string | undefined;
  /** With or without `/debian` at its end; `debian-security` lies beside it. */
  readonly debianMirror: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Images {
  readonly images: EngineImages;
  readonly bases: BaseImages;
  readonly maker: OwnImageMaker;
  readonly runtimeImages: RuntimeImages;
}

/** What makes images in this process. Aborting `stop` ends running builds and downloads of `runtimeImages`. */
export function createImages(options: ImageOptions, stop: AbortSignal): Images {
  const { docker, cacheDir, imageRegistry, debianMirror, clock, random, logger } = options;
  const workDir = options.work.path;
  const downloads = new Downloads({ cacheDir: join(cacheDir, "downloads"), workDir, clock, random });
  const mirror = (debianMirror ?? DEFAULT_MIRROR).replace(/\/+(debian\/*)?$/, "");
  const images = new EngineImages({ docker });
  const bases = new BaseImages({ images, archive: new DebianArchive(mirror, downloads), downloads });
  const maker = new OwnImageMaker({ images, bases, downloads, workDir, imageRegistry, clock });
  return { images, bases, maker, runtimeImages: new RuntimeImages({ images, maker, clock, logger }, stop) };
}
