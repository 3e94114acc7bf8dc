import { join } from "node:path";
import type { Clock, Logger, Random } from "@hearth/kit";
import type Docker from "dockerode";
import { DebianArchive } from "./debian/archive.ts";
import { Downloads } from "./download.ts";
import { EngineImages } from "./engineImages.ts";
import { RuntimeImages } from "./runtimeImages.ts";

const DEFAULT_MIRROR = "https://deb.debian.org";

export interface ImageOptions {
  readonly docker: Docker;
  /** Downloads are kept below it. */
  readonly cacheDir: string;
  readonly imageRegistry: string | undefined;
  /** With or without `/debian` at its end; `debian-security` lies beside it. */
  readonly debianMirror: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Images {
  readonly images: EngineImages;
  readonly runtimeImages: RuntimeImages;
}

/** Aborting `stop` ends running builds and downloads. */
export function createImages(options: ImageOptions, stop: AbortSignal): Images {
  const { docker, cacheDir, imageRegistry, debianMirror, clock, random, logger } = options;
  const downloads = new Downloads({ cacheDir: join(cacheDir, "downloads"), clock, random });
  const mirror = (debianMirror ?? DEFAULT_MIRROR).replace(/\/+(debian\/*)?$/, "");
  const images = new EngineImages({ docker, archive: new DebianArchive(mirror, downloads), downloads });
  const workDir = join(cacheDir, "work");
  const deps = { images, downloads, workDir, imageRegistry, clock, logger } as const;
  return { images, runtimeImages: new RuntimeImages(deps, stop) };
}
