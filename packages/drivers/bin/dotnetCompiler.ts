// Writes the C# compiler, and the program that runs it, into a folder: `node packages/drivers/bin/dotnetCompiler.ts FOLDER`. Prints the image that it runs in, which is
// made where the engine does not have it. Tests compile their functions by it.
import { copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createLogger, SystemClock, systemRandom } from "@hearth/kit";
import Docker from "dockerode";
import { Downloads } from "../src/docker/images/download.ts";
import { createImages } from "../src/docker/images/createImages.ts";
import { openWorkFolder } from "../src/docker/images/workFolder.ts";
import { bootstrapFolder } from "../src/families/bootstrapFolder.ts";
import { writeCompiler } from "../src/families/dotnetFiles.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: dotnetCompiler.ts FOLDER");
const cacheDir = resolve(import.meta.dirname, "../../..", process.env["HEARTH_DATA"] ?? ".hearth", "cache");
const deps = { clock: new SystemClock(), random: systemRandom };
using work = openWorkFolder(join(cacheDir, "work"), systemRandom);
const options = {
  docker: new Docker(),
  cacheDir,
  work,
  imageRegistry: process.env["HEARTH_IMAGE_REGISTRY"],
  debianMirror: process.env["HEARTH_DEBIAN_MIRROR"],
  logger: createLogger("warn", "images"),
  ...deps,
};
const { signal } = new AbortController();
const { runtimeImages } = createImages(options, signal);
const { image } = await runtimeImages.ensure("dotnet8", () => undefined, signal);
const downloads = new Downloads({ cacheDir: join(cacheDir, "downloads"), workDir: work.path, ...deps });
await writeCompiler(folder, downloads, signal);
copyFileSync(join(bootstrapFolder("dotnet"), "compile.py"), join(folder, "compile.py"));
console.log(image);
