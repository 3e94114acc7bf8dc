// Makes images on the local Docker Engine: `node packages/drivers/bin/images.ts build [name…]`. A name is a runtime such as python3.13, or
// base, net, postgres, redis, function, registry, server. Without names: what the tests need. Downloads are kept in HEARTH_DATA/cache (.hearth/cache).
import { resolve } from "node:path";
import { createLogger, SystemClock, systemRandom } from "@hearth/kit";
import Docker from "dockerode";
import { createImages } from "../src/docker/images/createImages.ts";
import { NET_BASE } from "../src/docker/images/serviceRecipes.ts";
import { makeServerImage } from "../src/docker/images/serverImage.ts";
import { makeServiceImage, SERVICE_IMAGES, type ServiceImage } from "../src/docker/images/serviceImages.ts";

const FOR_TESTS = [
  "postgres",
  "redis",
  "base",
  "net",
  "function",
  "registry",
  "nodejs22.x",
  "nodejs24.x",
  "python3.9",
  "python3.13",
  "python3.11",
  "provided.al2023",
  "server",
];
const isService = (name: string): name is ServiceImage => Object.hasOwn(SERVICE_IMAGES, name);

const [command, ...names] = process.argv.slice(2);
if (command !== "build") {
  console.error(`usage: images.ts build [runtime | ${Object.keys(SERVICE_IMAGES).join(" | ")} | net | server]…`);
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort(new Error(signal)));
const repository = resolve(import.meta.dirname, "../../..");
const options = {
  docker: new Docker(),
  cacheDir: resolve(repository, process.env["HEARTH_DATA"] ?? ".hearth", "cache"),
  imageRegistry: process.env["HEARTH_IMAGE_REGISTRY"],
  debianMirror: process.env["HEARTH_DEBIAN_MIRROR"],
  clock: new SystemClock(),
  random: systemRandom,
  logger: createLogger("warn", "images"),
};
const { images, runtimeImages } = createImages(options, stop.signal);

for (const name of names.length > 0 ? names : FOR_TESTS) {
  let last = "";
  const progress = (message: string): void => {
    const step = message.replace(/\d+ %.*/, "");
    if (step !== last || process.stdout.isTTY) console.log(`${name}: ${message}`);
    last = step;
  };
  console.log(`${name}: ${await make(name, progress)}`);
}

async function make(name: string, progress: (message: string) => void): Promise<string> {
  if (isService(name)) return await makeServiceImage(name, images, progress, stop.signal);
  if (name === "net") return await images.base(NET_BASE, progress, stop.signal);
  if (name === "server") return await makeServerImage(images, progress, stop.signal);
  return (await runtimeImages.ensure(name, progress, stop.signal)).image;
}
