import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { SystemClock, systemRandom } from "@hearth/kit";
import { noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { TEST_CACHE } from "../../testing/testDocker.ts";
import { TestDataDir } from "../../testing/testLauncher.ts";
import type { BaseRecipe } from "./baseRecipe.ts";
import { ImageMakerProcess } from "./imageMakerProcess.ts";
import { SERVICE_BASES } from "./serviceRecipes.ts";

const NEVER = new AbortController().signal;

/** A small recipe under a name of its own, so that the engine does not have it. */
function unknownRecipe(): BaseRecipe {
  return { ...SERVICE_BASES.function, name: `test-${systemRandom.hex(6)}` };
}

async function mirror(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function maker(cacheDir: string, debianMirror?: string): ImageMakerProcess {
  return new ImageMakerProcess({ cacheDir, imageRegistry: undefined, debianMirror, clock: new SystemClock() });
}

describe("an image made in a process of its own", { timeout: 300_000, ...skipReason(await noDocker()) }, () => {
  test("is on the engine, and this process kept answering meanwhile", async () => {
    const docker = new Docker();
    const said: string[] = [];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const image = await maker(TEST_CACHE).base(unknownRecipe(), (message) => said.push(message), NEVER);
    delay.disable();
    onTestFinished(() => docker.getImage(image).remove());
    console.log(`the longest stall of the event loop meanwhile: ${(delay.max / 1e6).toFixed(0)} ms`);
    expect((await docker.getImage(image).inspect()).RepoTags).toContain(image);
    expect(said[0]).toBe("reading the package lists of Debian bookworm");
    expect(said.at(-1)).toBe("unpacking Debian packages into an image");
  });

  test("is refused with the text that says why when the mirror's lists are not Debian's", async () => {
    using cache = new TestDataDir();
    const url = await mirror((_request, response) => response.end("Codename: bookworm"));
    const made = maker(cache.path, url).base(unknownRecipe(), () => undefined, NEVER);
    await expect(made).rejects.toThrow("Misformed armored text");
  });

  test("that is cancelled in the middle of a download leaves nothing", async () => {
    using cache = new TestDataDir();
    const abort = new AbortController();
    let asked = 0;
    const url = await mirror(() => void asked++);
    const made = maker(cache.path, url).base(unknownRecipe(), () => undefined, abort.signal);
    made.catch(() => undefined);
    await vi.waitFor(() => expect(asked).toBe(1), { timeout: 30_000 });
    expect(readdirSync(join(cache.path, "work")).length).toBeGreaterThan(0);
    abort.abort(new Error("Hearth stops"));
    await expect(made).rejects.toThrow("Hearth stops");
    expect(readdirSync(join(cache.path, "work"))).toEqual([]);
    expect(readdirSync(join(cache.path, "downloads"))).toEqual([]);
  });

  test("fails when the engine accepts connections and answers nothing", async () => {
    using cache = new TestDataDir();
    vi.stubEnv("DOCKER_HOST", (await mirror(() => undefined)).replace("http:", "tcp:"));
    onTestFinished(() => void vi.unstubAllEnvs());
    const made = maker(cache.path).base(unknownRecipe(), () => undefined, NEVER);
    await expect(made).rejects.toThrow("Docker Engine");
  });
});
