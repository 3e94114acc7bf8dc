import { rm, writeFile } from "node:fs/promises";
import type { Clock, HangWatch, Logger } from "@hearth/kit";
import type Docker from "dockerode";
import type { BootSpec, PoolKey, SandboxEvent, SandboxView } from "../driver.ts";
import type { Engine, SandboxLimits } from "../engine.ts";
import { type FileSystems, hostFileSystem } from "../fileSystems.ts";
import type { DockerImageSource } from "./images/dockerImageSource.ts";
import { isNotFound } from "./images/engineImages.ts";
import type { SandboxFolders } from "../sandboxFolders.ts";
import type { Cgroups } from "./cgroups.ts";
import { ContainerEvents } from "./containerEvents.ts";
import { EngineUnanswered } from "./engineDeadlines.ts";
import { exitOf } from "./exitOf.ts";
import { AccountProcesses } from "./accountProcesses.ts";
import { MemoryWatch } from "./memoryWatch.ts";
import { MAX_PROCESSES } from "./hardened.ts";
import { SandboxControl } from "./sandboxControl.ts";
import type { SandboxesMemory } from "./sandboxesMemory.ts";
import type { SandboxNetwork } from "./sandboxNetwork.ts";
import { INSTALLATION_LABEL, SANDBOX_LABEL } from "./labels.ts";
import { AWS_UID, passwdOf, type SandboxUsers } from "./sandboxUsers.ts";
import {
  containerName,
  type DiskLimits,
  HOSTS,
  hostsFile,
  passwdFile,
  sandboxContainer,
  type SandboxNetworkMode,
} from "./template.ts";

const REMOVAL_POLL_MS = 50;
const REMOVAL_TRIES = 200;

interface Running {
  readonly containerId: string;
  readonly tmpSizeMb: number;
}

/** A sandbox that joins a ready network did not start; without it, it may. */
class NetworkNotJoined extends Error {}

export interface DockerEngineDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly cgroups: Cgroups;
  readonly images: DockerImageSource;
  readonly network: SandboxNetwork;
  readonly users: SandboxUsers;
  readonly fileSystems?: FileSystems | undefined;
  readonly cpu: "weight" | "quota";
  readonly disks?: DiskLimits | undefined;
  readonly memory: SandboxesMemory;
  /** What files in /tmp of one account's sandboxes may hold together. */
  readonly tmpShareBytes: number;
  /** The most processes and threads of one account's sandboxes together. */
  readonly processesPerAccount: number;
  /** The filter of system calls for sandboxes, as JSON; none when absent. */
  readonly seccomp: string | undefined;
  readonly notices: readonly string[];
  /** Ends with the engine. */
  readonly watch: HangWatch;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs sandboxes as hardened containers. */
export class DockerEngine implements Engine {
  readonly name = "docker";
  readonly placing = "link";
  readonly notices: readonly string[];
  readonly images: DockerImageSource;
  readonly #deps: DockerEngineDeps;
  readonly #running = new Map<string, Running>();
  /** Ids of containers that were made ahead of their start, by sandbox. */
  readonly #created = new Map<string, string>();
  /** The containers whose networks sandboxes have joined, by sandbox. */
  readonly #holders = new Map<string, string>();
  readonly #control: SandboxControl;
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];
  readonly #memory: MemoryWatch;
  readonly #processes: AccountProcesses;
  readonly #events: ContainerEvents;

  constructor(deps: DockerEngineDeps) {
    this.#deps = deps;
    this.notices = deps.notices;
    this.images = deps.images;
    this.#control = new SandboxControl(deps);
    this.#memory = new MemoryWatch({
      ...deps,
      control: this.#control,
      onChange: (sandboxId, maxMemoryBytes, tmpBytes, heldBytes) =>
        this.#emit({ kind: "memory", sandboxId, maxMemoryBytes, tmpBytes, heldBytes }),
      onOver: (sandboxId) => this.#end(sandboxId),
    });
    this.#processes = new AccountProcesses({
      maxPerSandbox: MAX_PROCESSES,
      maxPerAccount: deps.processesPerAccount,
      apply: (containerId, processes) => this.#control.setProcesses(containerId, processes),
    });
    this.#events = new ContainerEvents({
      ...deps,
      onDied: (sandboxId) => this.#inBackground(this.#died(sandboxId)),
      onNetworkDied: (name) => this.#networkDied(name),
      onListening: () => this.#inBackground(this.#findDead()),
    });
  }

  async start(sandboxId: string, spec: BootSpec, folders: SandboxFolders, signal: AbortSignal): Promise<void> {
    const { isAwaited = false, ...key } = spec;
    const mayJoin = (isAwaited || this.#created.has(sandboxId)) && key.network === "egress";
    if (!mayJoin) return await this.#start(sandboxId, key, false, folders, signal);
    try {
      await this.#start(sandboxId, key, isAwaited, folders, signal);
    } catch (error) {
      if (!(error instanceof NetworkNotJoined)) throw error;
      this.#deps.logger.warn(
        { err: error.cause, sandboxId },
        "a sandbox could not join a ready network; it gets a new one",
      );
      await rm(passwdFile(folders), { force: true });
      await this.#start(sandboxId, key, false, folders, signal);
    }
  }

  /** Only what takes neither memory nor processor time: a container that is started later. Its network has to be ready, since the engine makes one at the start. */
  async create(sandboxId: string, key: PoolKey, folders: SandboxFolders, signal: AbortSignal): Promise<boolean> {
    const { network } = this.#deps;
    const holder = key.network === "egress" ? network.takeReady() : undefined;
    if (key.network === "egress" && holder === undefined) return false;
    if (holder !== undefined) this.#holders.set(sandboxId, holder);
    try {
      const container = await this.#make(
        sandboxId,
        key,
        holder === undefined ? undefined : { holder },
        folders,
        signal,
      );
      this.#created.set(sandboxId, container.id);
      return true;
    } catch (error) {
      await this.#giveUp(sandboxId, key, error);
      throw error;
    }
  }

  async #start(
    sandboxId: string,
    key: PoolKey,
    isAwaited: boolean,
    folders: SandboxFolders,
    signal: AbortSignal,
  ): Promise<void> {
    const { docker, network } = this.#deps;
    const created = this.#created.get(sandboxId);
    this.#created.delete(sandboxId);
    const mode =
      created === undefined && key.network === "egress" ? await network.attach(isAwaited, signal) : undefined;
    if (mode !== undefined && "holder" in mode) this.#holders.set(sandboxId, mode.holder);
    const isJoining = this.#holders.has(sandboxId);
    try {
      const container =
        created === undefined ? await this.#make(sandboxId, key, mode, folders, signal) : docker.getContainer(created);
      this.#running.set(sandboxId, { containerId: container.id, tmpSizeMb: key.tmpSizeMb });
      signal.throwIfAborted();
      await container.start();
      signal.throwIfAborted();
      this.#control.seen(container.id);
      this.#memory.add(sandboxId, container.id);
    } catch (error) {
      await this.#giveUp(sandboxId, key, error);
      const canRetry = isJoining && !signal.aborted && !(error instanceof EngineUnanswered);
      throw canRetry ? new NetworkNotJoined("a ready network", { cause: error }) : error;
    }
  }

  /** The sandbox's container, which does not run yet. */
  async #make(
    sandboxId: string,
    key: PoolKey,
    network: SandboxNetworkMode | undefined,
    folders: SandboxFolders,
    signal: AbortSignal,
  ): Promise<Docker.Container> {
    const { docker, installation, cgroups, users } = this.#deps;
    // The operator has given the file system to the one user that all functions have on AWS.
    const uid = key.fileSystem ? AWS_UID : users.take(sandboxId);
    const spec = {
      sandboxId,
      installation,
      image: await this.images.imageFor(key, signal),
      key,
      folders,
      fileSystem: hostFileSystem(key.fileSystem, this.#deps.fileSystems),
      network,
      cgroupParent: cgroups.parent,
      seccomp: this.#deps.seccomp,
      uid,
      disks: this.#deps.disks,
    } as const;
    signal.throwIfAborted();
    if (uid !== AWS_UID) await writeFile(passwdFile(folders), passwdOf(uid), { mode: 0o444, flag: "wx" });
    if (network === undefined) await writeFile(hostsFile(folders), HOSTS, { mode: 0o444, flag: "wx" });
    return await docker.createContainer(sandboxContainer(spec));
  }

  /** Removes what there is of a sandbox that could not be made or started. Never rejects. */
  async #giveUp(sandboxId: string, key: PoolKey, error: unknown): Promise<void> {
    if (isNotFound(error)) this.images.forget(key.runtime); // the image was removed
    // When this fails too, the container, which may also appear later, is removed when the sandbox is stopped or by the next sweep.
    await this.kill(sandboxId, 0).catch((killError: unknown) => {
      this.#deps.logger.warn({ err: killError, sandboxId }, "a container that did not start was not removed yet");
    });
  }

  async limit(sandboxId: string, limits: SandboxLimits): Promise<void> {
    const { containerId, tmpSizeMb } = this.#of(sandboxId);
    this.#processes.add(limits.accountId, containerId);
    await this.#control.limit(containerId, limits.memoryMb, tmpSizeMb);
    this.#memory.limit(sandboxId, limits);
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

  expectEgress(): void {
    this.#deps.network.expect();
  }

  cpuMs(sandboxId: string): Promise<number | undefined> {
    return Promise.resolve(this.#control.cpuMs(this.#containerOf(sandboxId)));
  }

  async kill(sandboxId: string, graceMs: number): Promise<void> {
    const { docker, installation, users } = this.#deps;
    const containerId = this.#running.get(sandboxId)?.containerId;
    this.#running.delete(sandboxId);
    this.#created.delete(sandboxId);
    this.#memory.remove(sandboxId);
    if (containerId) {
      this.#processes.remove(containerId);
      await this.#control.release(containerId);
    }
    const container = docker.getContainer(containerId ?? containerName(installation, sandboxId));
    try {
      if (graceMs > 0) await this.#terminate(container, graceMs);
      await this.#remove(container);
    } catch (error) {
      // It cannot be removed before the engine answers: its processes must do nothing until then.
      if (containerId && error instanceof EngineUnanswered) await this.#control.suspend(containerId);
      throw error;
    }
    users.release(sandboxId);
    const holder = this.#holders.get(sandboxId);
    if (holder === undefined) return;
    this.#holders.delete(sandboxId);
    await this.#deps.network.release(holder);
  }

  /** Gives its processes time to end by SIGTERM; the engine itself counts in seconds. */
  async #terminate(container: Docker.Container, graceMs: number): Promise<void> {
    await container.kill({ signal: "SIGTERM" }).catch(unlessGone);
    const over = new AbortController();
    const ended = container.wait({ condition: "not-running" }).then(() => undefined, unlessGone);
    await Promise.race([ended, this.#deps.clock.sleep(graceMs, over.signal).catch(() => undefined)]);
    over.abort(new Error("ended in time"));
  }

  async #remove(container: Docker.Container): Promise<void> {
    for (let i = 0; i < REMOVAL_TRIES; i++) {
      try {
        await container.remove({ force: true, v: true });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        // 409: it is being removed already.
        if ((error as { statusCode?: number }).statusCode !== 409) throw error;
      }
      await this.#deps.clock.sleep(REMOVAL_POLL_MS);
    }
    throw new Error(`the engine does not remove the container ${container.id}`);
  }

  async alive(): Promise<readonly string[]> {
    const containers = await this.#containers();
    return containers.filter(({ State }) => State === "running" || State === "paused").map(sandboxOf);
  }

  async existing(): Promise<readonly string[]> {
    return (await this.#containers()).map(sandboxOf);
  }

  async sweep(): Promise<void> {
    await this.images.sweep();
    await this.#deps.network.sweep();
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#memory[Symbol.asyncDispose]();
    await this.#events[Symbol.asyncDispose]();
    await this.images[Symbol.asyncDispose]();
    await this.#deps.network[Symbol.asyncDispose]();
    this.#deps.watch[Symbol.dispose]();
    this.#deps.cgroups.removeParent();
  }

  #containers() {
    const { docker, installation } = this.#deps;
    const label = [`${INSTALLATION_LABEL}=${installation}`, SANDBOX_LABEL];
    return docker.listContainers({ all: true, filters: { label } });
  }

  #containerOf(sandboxId: string): string {
    return this.#of(sandboxId).containerId;
  }

  #of(sandboxId: string): Running {
    const running = this.#running.get(sandboxId);
    if (!running) throw new Error(`sandbox ${sandboxId} has ended`);
    return running;
  }

  /** Ends the processes of a sandbox that uses too much memory; `#died` reports it. */
  async #end(sandboxId: string): Promise<void> {
    const containerId = this.#running.get(sandboxId)?.containerId;
    if (containerId) await this.#control.end(containerId).catch(unlessGone);
  }

  /** A sandbox whose network is gone is ended, so that the next invocation finds one that has a network. */
  #networkDied(name: string): void {
    this.#deps.network.died(name);
    for (const [sandboxId, holder] of this.#holders)
      if (holder === name && this.#running.has(sandboxId)) this.#inBackground(this.#end(sandboxId));
  }

  async #died(sandboxId: string): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (!running) return;
    try {
      const { State } = await this.#deps.docker.getContainer(running.containerId).inspect();
      if (State.Running) return;
      const exit = exitOf(State);
      const end = exit.signal === "SIGKILL" ? this.#memory.endOf(sandboxId) : undefined;
      const shortage = end === undefined || end === "limit" ? {} : { shortage: end };
      this.#emit({
        kind: "exited",
        sandboxId,
        ...exit,
        outOfMemory: exit.outOfMemory || end !== undefined,
        ...shortage,
      });
    } catch (error) {
      unlessGone(error as { statusCode?: number });
      this.#emit({ kind: "exited", sandboxId, exitCode: null, signal: null, outOfMemory: false });
    }
  }

  /** Reports sandboxes that ended while the connection to the engine's events was down. */
  async #findDead(): Promise<void> {
    const known = [...this.#running.keys()];
    const created = new Set((await this.#containers()).filter(({ State }) => State === "created").map(sandboxOf));
    const alive = new Set(await this.alive());
    for (const id of known) if (!alive.has(id) && !created.has(id)) await this.#died(id);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.logger.error({ err: error }, "handling the end of a sandbox failed"));
  }

  #emit(event: SandboxEvent): void {
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
