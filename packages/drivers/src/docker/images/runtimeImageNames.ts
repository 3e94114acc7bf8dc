import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RuntimeMeaning } from "../../runtimeTable.ts";
import type { RuntimeFamily } from "../../families/family.ts";
import type { BaseRecipe } from "./baseRecipe.ts";
import { shortHash } from "./engineImages.ts";

export const DOCKER_FOLDER = resolve(import.meta.dirname, "../../../../../docker");
/** As in AWS's images. */
export const ENTRYPOINT = join(DOCKER_FOLDER, "runtimes", "lambda-entrypoint.sh");
export const NOT_IN_BOOTSTRAP = /\.test\.|__pycache__|\.pyc$/;

/** The image that serves a runtime identifier. */
export interface RuntimeImage {
  readonly image: string;
  readonly servedBy: string;
  /** Starts the runtime process in a sandbox. */
  readonly command: readonly string[];
}

export function runtimeImage(serves: RuntimeMeaning): RuntimeImage {
  const { interpreterOptions, bootstrap, image } = serves.family;
  const command = [image.interpreter, ...interpreterOptions, `/var/runtime/${image.program ?? bootstrap.file}`];
  return { image: imageName(serves), servedBy: identifierOf(serves), command };
}

export interface Serving {
  readonly base: BaseRecipe;
  readonly serves: RuntimeMeaning;
}

/** How Debian packages serve `meaning`; `undefined` when they cannot. */
export function debianServing({ family, version }: RuntimeMeaning): Serving | undefined {
  const serving = family.image.debian(version);
  return serving && { base: serving.base, serves: { family, version: serving.version } };
}

export function publishedBase({ family, version }: RuntimeMeaning): string | undefined {
  return family.image.publishedBase(version);
}

export function identifierOf({ family, version }: RuntimeMeaning): string {
  return family.identifierOf(version);
}

export function dockerfileOf({ name }: RuntimeFamily): string {
  return join(DOCKER_FOLDER, "runtimes", `${name}.Dockerfile`);
}

/** The versions that may serve `meaning`, best first. */
export function candidates(meaning: RuntimeMeaning): readonly RuntimeMeaning[] {
  const serving = debianServing(meaning);
  return [...(publishedBase(meaning) ? [meaning] : []), ...(serving ? [serving.serves] : [])];
}

/** The hash covers everything that this project puts into the image: another SDK is another image. */
export function languageImageName(meaning: RuntimeMeaning): string {
  const { family, version } = meaning;
  const dockerfile = readFileSync(dockerfileOf(family));
  const serving = debianServing(meaning);
  const recipe = serving
    ? { base: serving.base, serves: { family: family.name, version: serving.serves.version } }
    : null;
  const hash = shortHash(family.image.packagesOf(version), dockerfile, JSON.stringify(recipe));
  return `hearth/base:${identifierOf(meaning)}-${hash}`;
}

/** `hearth/runtime:nodejs22.x-0123456789ab`: the hash changes with the bootstrap and the entry point. */
export function imageName(meaning: RuntimeMeaning): string {
  const { folder, shared } = meaning.family.bootstrap;
  const contents = [folder, ...(shared === undefined ? [] : [shared])].flatMap(contentsOf);
  const hash = shortHash(languageImageName(meaning), readFileSync(ENTRYPOINT), ...contents);
  return `hearth/runtime:${identifierOf(meaning)}-${hash}`;
}

/** Names and contents of a folder's programs. */
function contentsOf(folder: string): (string | Buffer)[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !NOT_IN_BOOTSTRAP.test(path) && /\.(mjs|py|rb)$/.test(path))
    .sort()
    .flatMap((path) => [path, readFileSync(join(folder, path))]);
}
