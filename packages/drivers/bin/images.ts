// Makes images on the local Docker Engine: `node packages/drivers/bin/images.ts build [name…]`. A name is a runtime such as python3.13, or
// base, net, postgres, redis, function, registry, server. Without names: what the tests need. Downloads are kept in HEARTH_DATA/cache (.hearth/cache).
import { join, resolve } from "node:path";
import { createLogger, SystemClock, systemRandom } from "@hearth/kit";
import Docker from "dockerode";
import { createImages } from "../src/docker/images/createImages.ts";
import { NET_BASE } from "../src/docker/images/serviceRecipes.ts";
import { openWorkFolder } from "../src/docker/images/workFolder.ts";
import { makeServerImage } from "../src/docker/images/serverImage.ts";
import { makeServiceImage, SERVICE_IMAGES, type ServiceImage } from "../src/docker/images/serviceImages.ts";

/** The images of runtimes are made one after the other, whoever asks for them: they take one place in the queue, from its start on. */
const FOR_TESTS = [
  "nodejs22.x",
  "base",
  "postgres",
  "server",
  "redis",
  "net",
  "function",
  "registry",
  "nodejs24.x",
  "python3.9",
  "python3.13",
  "python3.11",
  "provided.al2023",
  "ruby3.3",
  "java21",
  "dotnet8",
  "java8.al2",
  "java11",
  "java17",
  "java25",
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
const cacheDir = resolve(repository, process.env["HEARTH_DATA"] ?? ".hearth", "cache");
using work = openWorkFolder(join(cacheDir, "work"), systemRandom);
const options = {
  docker: new Docker(),
  cacheDir,
  work,
  imageRegistry: process.env["HEARTH_IMAGE_REGISTRY"],
  debianMirror: process.env["HEARTH_DEBIAN_MIRROR"],
  clock: new SystemClock(),
  random: systemRandom,
  logger: createLogger("warn", "images"),
};
const images = createImages(options, stop.signal);

/** Most of the time of an image goes into downloads and the engine's work; each may take a gigabyte of memory. */
const AT_ONCE = 3;
const made = new Map<string, Promise<string>>();
const queue = (names.length > 0 ? names : FOR_TESTS).values();
const failures: unknown[] = [];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const name of queue) if (failures.length === 0) await makeAndReport(name);
  }),
);
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;

/** On a terminal, progress is shown as it comes; elsewhere the lines of an image together, once it is made. */
async function makeAndReport(name: string): Promise<void> {
  const lines: string[] = [];
  const say = (line: string): void => {
    if (process.stdout.isTTY) console.log(line);
    else lines.push(line);
  };
  let last = "";
  const progress = (message: string): void => {
    const step = message.replace(/\d+ %.*/, "");
    if (step !== last || process.stdout.isTTY) say(`${name}: ${message}`);
    last = step;
  };
  const since = performance.now();
  try {
    const image = await shared(name, progress);
    say(`${name}: ${image}, took ${Math.round((performance.now() - since) / 1000)} s`);
  } catch (error) {
    say(`${name}: failed`);
    failures.push(error);
  }
  if (lines.length > 0) console.log(lines.join("\n"));
}

/** The image, made once however often it is asked for. */
function shared(name: string, progress: (message: string) => void): Promise<string> {
  const known = made.get(name) ?? make(name, progress);
  made.set(name, known);
  return known;
}

async function make(name: string, progress: (message: string) => void): Promise<string> {
  if (isService(name)) return await makeServiceImage(name, images, progress, stop.signal);
  if (name === "net") return await images.bases.ensure(NET_BASE, progress, stop.signal);
  if (name === "server") {
    await shared("base", progress); // two builds of the same base at once would do its work twice
    return await makeServerImage(images, progress, stop.signal);
  }
  return (await images.runtimeImages.ensure(name, progress, stop.signal)).image;
}
