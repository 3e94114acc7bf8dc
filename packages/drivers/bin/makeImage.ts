// Makes one image for the launcher: reads a request (`MakeRequest`) from standard input, writes `MakeMessage`s to standard output, and ends.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import Docker from "dockerode";
import { RuntimeUnavailable } from "../src/driver.ts";
import { addDeadlines } from "../src/docker/engineDeadlines.ts";
import { createImages } from "../src/docker/images/createImages.ts";
import type { MakeMessage, MakeRequest } from "../src/docker/images/imageMakerMessages.ts";
import { openWorkFolder } from "../src/docker/images/workFolder.ts";

/** What was begun is undone within it; then the process ends in any case. */
const STOP_PATIENCE_MS = 4000;

const clock = new SystemClock();
const stop = new AbortController();
/** Ctrl-C in a terminal reaches this process too; whether to stop is the launcher's decision. */
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("SIGTERM", () => end("SIGTERM"));
// Nobody reads any more: the end of standard input says so too.
process.stdout.on("error", () => end("standard output is closed"));

const input = createInterface({ input: process.stdin });
input.once("line", (line) => void answer(JSON.parse(line) as MakeRequest));
input.once("close", () => end("the launcher has ended"));

function end(reason: string): void {
  stop.abort(new Error(reason));
  clock.after(STOP_PATIENCE_MS, () => process.exit(1));
}

async function answer(request: MakeRequest): Promise<void> {
  const outcome = await make(request).catch((error: Error): MakeMessage => {
    return { failed: { message: error.message, isUnavailable: error instanceof RuntimeUnavailable } };
  });
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
}

async function make({ make, cacheDir, imageRegistry, debianMirror }: MakeRequest): Promise<MakeMessage> {
  using work = openWorkFolder(join(cacheDir, "work"), systemRandom);
  const environment = { clock, random: systemRandom, logger: silentLogger };
  const docker = new Docker();
  using _watch = addDeadlines(docker, environment);
  const { maker } = createImages({ docker, cacheDir, work, imageRegistry, debianMirror, ...environment }, stop.signal);
  const progress = (message: string): void => say({ progress: message });
  if ("base" in make) return { made: await maker.base(make.base, progress, stop.signal) };
  return { made: await maker.runtime(make.runtime, progress, stop.signal) };
}

function say(message: MakeMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
