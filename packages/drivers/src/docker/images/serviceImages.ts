import { join, resolve } from "node:path";
import type { Images } from "./createImages.ts";
import type { Progress } from "./engineImages.ts";
import { SERVICE_BASES } from "./serviceRecipes.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../../..");
const DOCKER_FOLDER = join(REPOSITORY, "docker");

/** Images of the project and its tests, under the names that docker-compose.yml and testkit use. */
export const SERVICE_IMAGES = {
  base: "hearth/base:bookworm",
  postgres: "hearth/postgres:15",
  redis: "hearth/redis:7",
  /** `:second` is built too, which prints another greeting, and `:extended`, which has an extension. */
  function: "hearth/test-function:first",
  registry: "hearth/test-registry:2",
} as const;

export type ServiceImage = keyof typeof SERVICE_IMAGES;

/** Builds the image from Debian packages. Resolves with its name. */
export async function makeServiceImage(
  name: ServiceImage,
  { images, bases }: Pick<Images, "images" | "bases">,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const image = SERVICE_IMAGES[name];
  const base = await bases.ensure(SERVICE_BASES[name], progress, signal);
  if (name === "base") {
    await images.tag(base, image);
    return image;
  }
  const folder = join(DOCKER_FOLDER, name);
  const entries = [{ to: "Dockerfile", from: join(folder, "Dockerfile") }];
  if (name === "postgres") entries.push({ to: "entrypoint.sh", from: join(folder, "entrypoint.sh") });
  if (name === "registry")
    entries.push(...["config.yml", "users"].map((file) => ({ to: file, from: join(folder, file) })));
  if (name === "function") {
    entries.push(...["main", "extension"].map((file) => ({ to: file, from: join(folder, file) })));
    for (const target of ["first", "second", "extended"]) {
      const tagged = image.replace(/[^:]*$/, target);
      await images.build(tagged, entries, { buildargs: { BASE: base }, target }, progress, signal);
    }
    return image;
  }
  await images.build(image, entries, { buildargs: { BASE: base } }, progress, signal);
  return image;
}
