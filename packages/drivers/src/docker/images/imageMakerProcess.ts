import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Clock } from "@hearth/kit";
import { RuntimeUnavailable } from "../../driver.ts";
import type { BaseRecipe } from "./baseRecipe.ts";
import type { Progress } from "./engineImages.ts";
import type { ImageMaker } from "./imageMaker.ts";
import type { MakeMessage, MakeRequest } from "./imageMakerMessages.ts";
import type { RuntimeImage } from "./runtimeImageNames.ts";
import { withoutSecrets } from "./withoutSecrets.ts";

const PROGRAM = join(import.meta.dirname, "../../../bin/makeImage.ts");
const STOP_PATIENCE_MS = 5000;
const KEPT_OUTPUT_BYTES = 2000;

export interface ImageMakerProcessOptions {
  readonly cacheDir: string;
  readonly imageRegistry: string | undefined;
  readonly debianMirror: string | undefined;
  readonly clock: Clock;
  /** Runs instead of Hearth's own, in tests. */
  readonly program?: string;
}

/**
 * Makes each image in a process of its own: package lists take half a gigabyte and a second of work without a pause, which the launcher must not
 * spend. The process holds nothing that is needed later, and it ends with this one, however this one ends.
 */
export class ImageMakerProcess implements ImageMaker {
  readonly #options: ImageMakerProcessOptions;

  constructor(options: ImageMakerProcessOptions) {
    this.#options = options;
  }

  async runtime(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage> {
    try {
      return (await this.#make({ runtime }, progress, signal)) as RuntimeImage;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MakerEnded)) throw error;
      throw new RuntimeUnavailable(`no image for ${runtime} could be had: ${error.message}`, { cause: error });
    }
  }

  async base(recipe: BaseRecipe, progress: Progress, signal: AbortSignal): Promise<string> {
    return (await this.#make({ base: recipe }, progress, signal)) as string;
  }

  async #make(make: MakeRequest["make"], progress: Progress, signal: AbortSignal): Promise<RuntimeImage | string> {
    signal.throwIfAborted();
    const { cacheDir, imageRegistry, debianMirror, clock, program = PROGRAM } = this.#options;
    const child = spawn(process.execPath, [program], { env: withoutSecrets(), stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined); // EPIPE: its end is reported by "close"
    const request: MakeRequest = { cacheDir, imageRegistry, debianMirror, make };
    child.stdin.write(`${JSON.stringify(request)}\n`);

    let outcome: Exclude<MakeMessage, { progress: string }> | undefined;
    let unread: Error | undefined;
    createInterface({ input: child.stdout }).on("line", (line) => {
      try {
        const message = JSON.parse(line) as MakeMessage;
        if ("progress" in message) progress(message.progress);
        else outcome = message;
      } catch (error) {
        unread = error as Error;
      }
    });
    let complaints = "";
    child.stderr.on("data", (text: Buffer) => (complaints = (complaints + text.toString()).slice(-KEPT_OUTPUT_BYTES)));

    using insist = new DisposableStack();
    const stop = (): void => {
      child.stdin.end();
      insist.use(clock.after(STOP_PATIENCE_MS, () => child.kill("SIGKILL")));
    };
    signal.addEventListener("abort", stop, { once: true });
    insist.defer(() => signal.removeEventListener("abort", stop));
    const ending = await new Promise<string>((resolve) => {
      child.once("error", ({ message }) => resolve(message));
      child.once("close", (code, by) => resolve(by ?? `exit code ${code}`));
    });
    signal.throwIfAborted();
    if (outcome && "made" in outcome) return outcome.made;
    if (!outcome)
      throw new MakerEnded([`the program that makes images ended (${ending})`, unread?.message, complaints.trim()]);
    const { message, isUnavailable } = outcome.failed;
    throw isUnavailable ? new RuntimeUnavailable(message) : new Error(message);
  }
}

/** The process ended without saying whether there is an image. */
class MakerEnded extends Error {
  constructor(parts: readonly (string | undefined)[]) {
    super(parts.filter((part) => part !== undefined && part !== "").join(": "));
  }
}
