import type { Clock, Logger, Random } from "@hearth/kit";
import type Docker from "dockerode";
import { HARDENED } from "./hardened.ts";
import { isNotFound } from "./images/engineImages.ts";
import type { ReadyNetworkMetrics } from "./readyNetworkMetrics.ts";
import { INSTALLATION_LABEL, NETWORK_LABEL } from "./labels.ts";
import { SANDBOX_NAMES } from "./template.ts";

/** A start that has just taken one needs the processors and the engine more. */
const REFILL_AFTER_MS = 1_000;
const RETRY_AFTER_MS = 10_000;
const MEMORY_BYTES = 16 * 1024 * 1024;
/** busybox takes no larger number everywhere: 68 years. */
const SLEEP_S = "2147483647";

export interface ReadyNetworksDeps {
  readonly docker: Docker;
  readonly installation: string;
  /** The network that each of them is attached to. */
  readonly networkName: string;
  /** Has busybox. */
  readonly image: string;
  /** How many are kept ready. */
  readonly count: number;
  readonly metrics?: Pick<ReadyNetworkMetrics, "has"> | undefined;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Network namespaces that are attached to the sandboxes' network before a sandbox needs one, because that is the longest part of a container's start. Each is held by a
 * container whose only process sleeps; one sandbox joins it, and it is removed with that sandbox. Where none is ready, a sandbox gets its network from the engine.
 */
export class ReadyNetworks implements AsyncDisposable {
  readonly #deps: ReadyNetworksDeps;
  readonly #ready: string[] = [];
  /** Names of all containers that exist, also those that are being made and those in use. */
  readonly #names = new Set<string>();
  #filling: Promise<void> = Promise.resolve();
  #timer: Disposable | undefined;
  #isEnding = false;

  constructor(deps: ReadyNetworksDeps) {
    this.#deps = deps;
    this.#fillLater(0);
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** How many may be taken now. */
  get count(): number {
    return this.#ready.length;
  }

  /** The name of a container whose network the caller's sandbox may join, if one is ready. It belongs to the caller. */
  take(): string | undefined {
    const taken = this.#ready.pop();
    this.#count();
    if (!this.#isEnding) this.#fillLater(REFILL_AFTER_MS);
    return taken;
  }

  /** Removes the container. To be called when no process of its sandbox runs any more; idempotent. */
  async release(name: string): Promise<void> {
    this.#names.delete(name);
    await removeHolder(this.#deps.docker.getContainer(name));
  }

  /** Its process has ended, so that its network is gone. */
  died(name: string): void {
    const at = this.#ready.indexOf(name);
    if (at < 0) return;
    this.#ready.splice(at, 1);
    this.#count();
    this.release(name).catch((error: unknown) => this.#warn(error, "a ready network was not removed yet"));
    if (!this.#isEnding) this.#fillLater(REFILL_AFTER_MS);
  }

  /** Removes all of them; those in use as well, whose sandboxes have ended by then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#timer?.[Symbol.dispose]();
    await this.#filling;
    this.#ready.splice(0);
    await Promise.all([...this.#names].map((name) => this.release(name)));
  }

  #fillLater(afterMs: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#deps.clock.after(afterMs, () => {
      this.#timer = undefined;
      this.#filling = this.#filling.then(() => this.#fill());
    });
  }

  async #fill(): Promise<void> {
    try {
      while (!this.#isEnding && this.#ready.length < this.#deps.count) {
        this.#ready.push(await this.#make());
        this.#count();
      }
    } catch (error) {
      if (this.#isEnding) return;
      this.#warn(error, "a network could not be made ready for a sandbox");
      this.#fillLater(RETRY_AFTER_MS);
    }
  }

  async #make(): Promise<string> {
    const { installation, random } = this.#deps;
    const hostname = random.hex(8);
    const name = `hearth-network-${installation}-${hostname}`;
    this.#names.add(name);
    try {
      await this.#start(name, hostname);
    } catch (error) {
      await this.release(name);
      throw error;
    }
    return name;
  }

  async #start(name: string, hostname: string): Promise<void> {
    const { docker, installation, networkName, image } = this.#deps;
    const container = await docker.createContainer({
      name,
      // What the sandbox's processes see.
      Hostname: hostname,
      Image: image,
      Entrypoint: ["/bin/busybox", "sleep", SLEEP_S],
      Cmd: [],
      User: "65534:65534",
      Labels: { [INSTALLATION_LABEL]: installation, [NETWORK_LABEL]: hostname },
      HostConfig: {
        ...HARDENED,
        NetworkMode: networkName,
        ExtraHosts: SANDBOX_NAMES.map((name) => `${name}:127.0.0.1`),
        Memory: MEMORY_BYTES,
        MemorySwap: MEMORY_BYTES,
        PidsLimit: 8,
        OomScoreAdj: 0,
      },
    });
    await container.start();
  }

  #count(): void {
    this.#deps.metrics?.has(this.#ready.length);
  }

  #warn(error: unknown, message: string): void {
    this.#deps.logger.warn({ err: error }, message);
  }
}

/** Removes such a container, which may be gone. */
export async function removeHolder(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    // 409: it is being removed already.
    if (!isNotFound(error) && (error as { statusCode?: number }).statusCode !== 409) throw error;
  });
}
