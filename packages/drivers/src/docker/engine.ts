import type { ImageResolution } from "@hearth/model";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type Docker from "dockerode";
import {
  type FunctionImage,
  imageName,
  type ImageProgram,
  type PoolKey,
  type RuntimeSupport,
  type SandboxEvent,
  type SandboxView,
} from "../driver.ts";
import type { Engine } from "../engine.ts";
import { type FileSystems, hostFileSystem } from "../fileSystems.ts";
import { isNotFound } from "./images/engineImages.ts";
import type { FunctionImages } from "./images/functionImages.ts";
import type { Interpreter } from "./images/interpreter.ts";
import type { RuntimeImage, RuntimeImages } from "./images/runtimeImages.ts";
import type { SandboxFolders } from "../sandboxFolders.ts";
import type { Cgroups } from "./cgroups.ts";
import { ContainerEvents } from "./containerEvents.ts";
import { exitOf } from "./exitOf.ts";
import { SandboxControl } from "./sandboxControl.ts";
import type { SandboxNetwork } from "./sandboxNetwork.ts";
import { containerName, INSTALLATION_LABEL, SANDBOX_LABEL, sandboxContainer, type SandboxSpec } from "./template.ts";

const MEMORY_EVERY_MS = 1000;
const REMOVAL_POLL_MS = 50;
const REMOVAL_TRIES = 200;

interface Running {
  readonly containerId: string;
  maxMemoryBytes: number;
}

export interface DockerEngineDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly cgroups: Cgroups;
  readonly runtimeImages: RuntimeImages;
  readonly functionImages: FunctionImages;
  readonly interpreter: Interpreter;
  readonly network: SandboxNetwork;
  readonly fileSystems?: FileSystems | undefined;
  readonly cpu: "weight" | "quota";
  readonly notices: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sandboxes as hardened containers. */
export class DockerEngine implements Engine {
  readonly name = "docker";
  readonly placing = "link";
  readonly notices: readonly string[];
  readonly #deps: DockerEngineDeps;
  readonly #running = new Map<string, Running>();
  readonly #control: SandboxControl;
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];
  readonly #memory: BackgroundLoop;
  readonly #events: ContainerEvents;

  constructor(deps: DockerEngineDeps) {
    this.#deps = deps;
    this.notices = deps.notices;
    this.#control = new SandboxControl(deps);
    this.#memory = new BackgroundLoop("sandbox memory", MEMORY_EVERY_MS, () => this.#pushMemory(), deps);
    this.#events = new ContainerEvents({
      ...deps,
      onDied: (sandboxId) => this.#detached(this.#died(sandboxId)),
      onListening: () => this.#detached(this.#findDead()),
    });
  }

  runtimes(): Promise<readonly RuntimeSupport[]> {
    return this.#deps.runtimeImages.support();
  }

  async ensureRuntime(runtime: string, signal: AbortSignal): Promise<void> {
    await this.#imageOf(runtime, signal);
  }

  resolveImage(reference: string, signal: AbortSignal): Promise<ImageResolution> {
    return this.#deps.functionImages.resolve(reference, signal);
  }

  async ensureImage(image: FunctionImage, signal: AbortSignal): Promise<ImageProgram> {
    const progress = (message: string): void => this.#tell({ kind: "progress", runtime: imageName(image), message });
    const program = await this.#deps.functionImages.ensure(image, progress, signal);
    await this.#deps.interpreter.ensure(progress, signal);
    return program;
  }

  keptImages(): Promise<readonly string[]> {
    return this.#deps.functionImages.kept();
  }

  releaseImage(digest: string): Promise<void> {
    return this.#deps.functionImages.release(digest);
  }

  async start(sandboxId: string, key: PoolKey, folders: SandboxFolders, signal: AbortSignal): Promise<void> {
    const { docker, installation, cgroups, network, runtimeImages } = this.#deps;
    const spec = {
      sandboxId,
      installation,
      image: await this.#imageFor(key, signal),
      key,
      folders,
      fileSystem: hostFileSystem(key.fileSystem, this.#deps.fileSystems),
      network: key.network === "egress" ? await network.name(signal) : undefined,
      cgroupParent: cgroups.parent,
    } as const;
    signal.throwIfAborted();
    try {
      const container = await docker.createContainer(sandboxContainer(spec));
      this.#running.set(sandboxId, { containerId: container.id, maxMemoryBytes: 0 });
      signal.throwIfAborted();
      await container.start();
      signal.throwIfAborted();
      this.#control.seen(container.id);
    } catch (error) {
      if (isNotFound(error)) runtimeImages.forget(key.runtime); // somebody removed the image
      await this.kill(sandboxId, 0);
      throw error;
    }
  }

  async limit(sandboxId: string, memoryMb: number): Promise<void> {
    await this.#control.limit(this.#containerOf(sandboxId), memoryMb);
  }

  view(): SandboxView {
    return { taskRoot: "/var/task", optRoot: "/opt", tmpDir: "/tmp" };
  }

  async freeze(sandboxId: string): Promise<void> {
    await this.#control.freeze(this.#containerOf(sandboxId));
  }

  async thaw(sandboxId: string): Promise<void> {
    await this.#control.thaw(this.#containerOf(sandboxId));
  }

  async kill(sandboxId: string, graceMs: number): Promise<void> {
    const { docker, installation, clock } = this.#deps;
    const containerId = this.#running.get(sandboxId)?.containerId;
    this.#running.delete(sandboxId);
    if (containerId) await this.#control.release(containerId);
    const container = docker.getContainer(containerId ?? containerName(installation, sandboxId));
    if (graceMs > 0) await container.stop({ t: Math.ceil(graceMs / 1000) }).catch(unlessGone);
    for (let i = 0; i < REMOVAL_TRIES; i++) {
      try {
        await container.remove({ force: true, v: true });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        // 409: it is being removed already.
        if ((error as { statusCode?: number }).statusCode !== 409) throw error;
      }
      await clock.sleep(REMOVAL_POLL_MS);
    }
    throw new Error(`the engine does not remove the container of sandbox ${sandboxId}`);
  }

  async alive(): Promise<readonly string[]> {
    const containers = await this.#containers();
    return containers.filter(({ State }) => State === "running" || State === "paused").map(sandboxOf);
  }

  async existing(): Promise<readonly string[]> {
    return (await this.#containers()).map(sandboxOf);
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#memory[Symbol.asyncDispose]();
    await this.#events[Symbol.asyncDispose]();
    await this.#deps.network[Symbol.asyncDispose]();
    this.#deps.cgroups.removeParent();
  }

  async #imageFor({ image, runtime }: PoolKey, signal: AbortSignal): Promise<SandboxSpec["image"]> {
    if (image === undefined) {
      const found = await this.#imageOf(runtime, signal);
      return { name: found.image, command: found.command };
    }
    const interpreter = await this.#deps.interpreter.ensure(() => undefined, signal);
    return { ...(await this.#deps.functionImages.bootable(image)), interpreter };
  }

  async #imageOf(runtime: string, signal: AbortSignal): Promise<RuntimeImage> {
    const progress = (message: string): void => this.#tell({ kind: "progress", runtime, message });
    return await this.#deps.runtimeImages.ensure(runtime, progress, signal);
  }

  #containers() {
    const { docker, installation } = this.#deps;
    const label = [`${INSTALLATION_LABEL}=${installation}`, SANDBOX_LABEL];
    return docker.listContainers({ all: true, filters: { label } });
  }

  #containerOf(sandboxId: string): string {
    const running = this.#running.get(sandboxId);
    if (!running) throw new Error(`sandbox ${sandboxId} has ended`);
    return running.containerId;
  }

  async #died(sandboxId: string): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (!running) return;
    try {
      const { State } = await this.#deps.docker.getContainer(running.containerId).inspect();
      if (State.Running) return;
      this.#tell({ kind: "exited", sandboxId, ...exitOf(State) });
    } catch (error) {
      unlessGone(error as { statusCode?: number });
      this.#tell({ kind: "exited", sandboxId, exitCode: null, signal: null, outOfMemory: false });
    }
  }

  /** Reports what ended while nobody listened. */
  async #findDead(): Promise<void> {
    const known = [...this.#running.keys()];
    const created = new Set((await this.#containers()).filter(({ State }) => State === "created").map(sandboxOf));
    const alive = new Set(await this.alive());
    for (const id of known) if (!alive.has(id) && !created.has(id)) await this.#died(id);
  }

  async #pushMemory(): Promise<void> {
    for (const [sandboxId, running] of this.#running) {
      const bytes = await this.#control.maxMemoryBytes(running.containerId);
      if (bytes === undefined || bytes <= running.maxMemoryBytes) continue;
      running.maxMemoryBytes = bytes;
      this.#tell({ kind: "memory", sandboxId, maxMemoryBytes: bytes });
    }
  }

  #detached(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.logger.error({ err: error }, "looking after ended sandboxes failed"));
  }

  #tell(event: SandboxEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function sandboxOf({ Labels }: { readonly Labels: Readonly<Record<string, string>> }): string {
  return Labels[SANDBOX_LABEL] ?? "";
}

/** 404: no such container; 304 and 409: it does not run. */
function unlessGone(error: { statusCode?: number }): void {
  if (![304, 404, 409].includes(error.statusCode ?? 0)) throw error as Error;
}
