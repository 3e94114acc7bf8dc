import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HangingProxy } from "./hangingProxy.ts";

export interface EngineProxy extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  readonly dockerHost: string;
  hang(): void;
  goOn(): void;
}

/** A socket in front of this machine's Docker Engine, which hangs when a test wants it. The engine itself, which others use, goes on. */
export async function engineProxy(): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-proxy-"));
  const path = join(folder, "engine.sock");
  const engine = new URL(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").pathname;
  const proxy = await HangingProxy.open({ path: engine }, path);
  return {
    dockerHost: `unix://${path}`,
    hang: () => proxy.hang(),
    goOn: () => proxy.goOn(),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
