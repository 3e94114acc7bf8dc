import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import type Docker from "dockerode";
import { findProgram, noDocker } from "./availability.ts";
import { engineClient } from "./engineClient.ts";
import { pause } from "./pause.ts";

const START_TRIES = 300;
const clock = new SystemClock();

/** Why a test cannot have an engine of its own; `undefined` when it can. */
export async function noOwnEngine(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "an engine of its own needs root";
  return findProgram("dockerd") ? await noDocker() : "dockerd is not installed";
}

/** A Docker Engine of a test's own, without networks, which may be stopped at will: the machine's engine, which others use, goes on. */
export class OwnEngine implements AsyncDisposable {
  readonly dockerHost: string;
  readonly docker: Docker;
  readonly #folder: string;
  readonly #daemon: ChildProcess;
  #said = "";

  private constructor(folder: string, docker: Docker) {
    this.#folder = folder;
    this.docker = docker;
    const at = (name: string): string => join(folder, name);
    this.dockerHost = `unix://${socketIn(folder)}`;
    const folders = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid")];
    // Where the machine's containerd is used, its containers are not mixed with ours.
    const names = ["--containerd-namespace", "hearth-test", "--containerd-plugins-namespace", "hearth-test-plugins"];
    const none = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
    // In a network namespace of its own: a dockerd without a bridge removes the `docker0` that it finds, which is that of the machine's engine.
    this.#daemon = spawn("unshare", ["--net", "dockerd", "-H", this.dockerHost, ...folders, ...names, ...none], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#daemon.stdout, this.#daemon.stderr]) {
      stream?.on("data", (piece: Buffer) => (this.#said = (this.#said + piece.toString()).slice(-4000)));
    }
  }

  /** With `images`, copied from the machine's engine. */
  static async start(images: readonly string[]): Promise<OwnEngine> {
    const machineEngine = await engineClient();
    const folder = mkdtempSync(join(tmpdir(), "hearth-engine-"));
    const engine = new OwnEngine(folder, await engineClient(socketIn(folder)));
    try {
      await engine.#answers();
      for (const image of images) await engine.docker.loadImage(await machineEngine.getImage(image).get());
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stops the engine's own processes, not those of its containers. */
  stop(): Disposable {
    return pause(this.#daemon.pid ?? 0);
  }

  async #answers(): Promise<void> {
    for (let i = 0; i < START_TRIES; i++) {
      if (this.#daemon.exitCode !== null) break;
      if (await this.docker.ping().catch(() => undefined)) return;
      await clock.sleep(100);
    }
    throw new Error(`dockerd does not start: ${this.#said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.kill("SIGTERM")) await once(this.#daemon, "exit");
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    const own = mounts.map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(`${this.#folder}/`));
    for (const path of own.toReversed()) execFileSync("umount", ["-l", path]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function socketIn(folder: string): string {
  return join(folder, "s");
}
