import { join, resolve } from "node:path";
import type { EngineImages, Progress } from "./engineImages.ts";
import { makeServiceImage } from "./serviceImages.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../..");
const IMAGE = "hearth/server:local";

/** Makes the image of Hearth itself, of this clone as it is, on the base from Debian packages. Resolves to its name. */
export async function makeServerImage(images: EngineImages, progress: Progress, signal: AbortSignal): Promise<string> {
  const base = await makeServiceImage("base", images, progress, signal);
  const entries = ["package.json", "package-lock.json", "packages", "docker", "node_modules"].map((name) => ({
    to: name,
    from: join(REPOSITORY, name),
  }));
  const dockerfile = { to: "Dockerfile", from: join(REPOSITORY, "docker/server/Dockerfile") };
  await images.build(IMAGE, [dockerfile, ...entries], { buildargs: { BASE_IMAGE: base } }, progress, signal);
  return IMAGE;
}
