import type { ImageResolution } from "@hearth/model";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import type { Clock, Logger } from "@hearth/kit";
import type { z } from "zod";
import {
  type Driver,
  type FunctionImage,
  type ImageProgram,
  ImageUnavailable,
  type PoolKey,
  type RuntimeSupport,
  RuntimeUnavailable,
  type SandboxDirectory,
  type SandboxEvent,
  type SandboxView,
  type SpecialiseSpec,
} from "../driver.ts";
import { shortPath, type ShortPath } from "../shortPath.ts";
import { LineChannel } from "./lineChannel.ts";
import {
  Digests,
  Directory,
  Hello,
  Program,
  Reply,
  Request,
  Resolution,
  Runtimes,
  SandboxIds,
  View,
} from "./protocol.ts";

const RECONNECT_MS = 200;

export interface LauncherClientOptions {
  readonly dataDir: string;
  /** How long to wait for a launcher that is starting. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A driver whose sandboxes a launcher process runs. */
export interface LauncherClient extends Driver {
  /** What the operator must know about this launcher: shown in the banner. */
  readonly notices: readonly string[];
}

/**
 * Connects to the launcher of a data directory. When the connection breaks, every sandbox is reported as exited (the launcher stops
 * them), and a new connection is made as soon as a launcher answers; until then calls reject.
 */
export async function connectLauncher(options: LauncherClientOptions, signal?: AbortSignal): Promise<LauncherClient> {
  const client = new Client(options);
  try {
    await client.open(signal);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
  return client;
}

type Wanted = Exclude<Request, { op: "cancel" }>;
type WithoutId<R> = R extends unknown ? Omit<R, "id"> : never;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

class Client implements LauncherClient {
  name: "docker" | "process" = "docker";
  notices: readonly string[] = [];
  readonly #options: LauncherClientOptions;
  readonly #stop = new AbortController();
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];
  readonly #sandboxes = new Set<string>();
  readonly #waiting = new Map<number, Waiting>();
  #folder: ShortPath | undefined;
  #channel: LineChannel | undefined;
  #greeted = false;
  #nextId = 0;
  #reconnecting: Promise<void> | undefined;

  constructor(options: LauncherClientOptions) {
    this.#options = options;
  }

  /** Waits until a launcher answers. */
  async open(signal?: AbortSignal): Promise<void> {
    const { clock, connectTimeoutMs } = this.#options;
    const timeout = new AbortController();
    using _timer = clock.after(connectTimeoutMs, () =>
      timeout.abort(new Error(`no launcher answered within ${connectTimeoutMs} ms`)),
    );
    await this.#connect(AbortSignal.any([timeout.signal, this.#stop.signal, ...(signal ? [signal] : [])]));
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { dataDir, clock } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      this.#folder ??= shortPath(dataDir);
      const socket = await connectOnce(join(this.#folder.path, "launcher.sock"));
      if (socket && (await this.#greet(socket, signal))) return;
      await clock.sleep(RECONNECT_MS, signal);
    }
  }

  /** False when the launcher went away meanwhile. */
  async #greet(socket: Socket, signal: AbortSignal): Promise<boolean> {
    this.#channel = new LineChannel(socket, {
      onMessage: (message) => this.#receive(Reply.parse(message)),
      onEnd: (reason) => this.#lost(reason),
    });
    try {
      const hello = await this.#ask({ op: "hello" }, Hello, signal);
      this.name = hello.name;
      this.notices = hello.notices;
      this.#greeted = true;
    } catch (error) {
      this.#options.logger.warn({ err: error }, "the launcher closed the connection at once");
      socket.destroy();
    }
    return this.#greeted;
  }

  #lost(reason: Error | undefined): void {
    this.#channel = undefined;
    const wasOpen = this.#greeted;
    this.#greeted = false;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error("the launcher's connection was lost"));
    this.#waiting.clear();
    const lost = [...this.#sandboxes];
    this.#sandboxes.clear();
    for (const sandboxId of lost) {
      this.#tell({ kind: "exited", sandboxId, exitCode: null, signal: null, outOfMemory: false });
    }
    if (!wasOpen || this.#stop.signal.aborted) return;
    const { logger } = this.#options;
    logger.error({ err: reason, sandboxes: lost.length }, "the launcher's connection was lost; reconnecting");
    this.#reconnecting ??= this.#connect(this.#stop.signal)
      .then(
        () => logger.info("reconnected to the launcher"),
        (error: unknown) => {
          if (!this.#stop.signal.aborted) logger.error({ err: error }, "reconnecting failed");
        },
      )
      .finally(() => (this.#reconnecting = undefined));
  }

  runtimes(): Promise<readonly RuntimeSupport[]> {
    return this.#ask({ op: "runtimes" }, Runtimes);
  }

  async ensureRuntime(runtime: string, signal: AbortSignal): Promise<void> {
    await this.#ask({ op: "ensureRuntime", runtime }, undefined, signal);
  }

  resolveImage(reference: string, signal: AbortSignal): Promise<ImageResolution> {
    return this.#ask({ op: "resolveImage", reference }, Resolution, signal);
  }

  ensureImage({ repository, digest }: FunctionImage, signal: AbortSignal): Promise<ImageProgram> {
    return this.#ask({ op: "ensureImage", repository, digest }, Program, signal);
  }

  keptImages(): Promise<readonly string[]> {
    return this.#ask({ op: "keptImages" }, Digests);
  }

  async releaseImage(digest: string): Promise<void> {
    await this.#ask({ op: "releaseImage", digest });
  }

  async prepare(sandboxId: string): Promise<SandboxDirectory> {
    const directory = await this.#ask({ op: "prepare", sandboxId }, Directory);
    this.#sandboxes.add(sandboxId);
    return directory;
  }

  async boot(sandboxId: string, key: PoolKey, signal: AbortSignal): Promise<void> {
    const { runtime, image, network, tmpSizeMb, fileSystem } = key;
    const wish = {
      runtime,
      ...(image !== undefined && { image }),
      network,
      tmpSizeMb,
      ...(fileSystem && { fileSystem }),
    };
    await this.#ask({ op: "boot", sandboxId, key: wish }, undefined, signal);
  }

  specialise(sandboxId: string, spec: SpecialiseSpec, signal: AbortSignal): Promise<SandboxView> {
    const { codeDigest, layerDigests, memoryMb } = spec;
    const said = { ...(codeDigest !== undefined && { codeDigest }), layerDigests: [...layerDigests], memoryMb };
    return this.#ask({ op: "specialise", sandboxId, spec: said }, View, signal);
  }

  async freeze(sandboxId: string): Promise<void> {
    await this.#ask({ op: "freeze", sandboxId });
  }

  async thaw(sandboxId: string): Promise<void> {
    await this.#ask({ op: "thaw", sandboxId });
  }

  async stop(sandboxId: string, graceMs: number): Promise<void> {
    this.#sandboxes.delete(sandboxId);
    try {
      await this.#ask({ op: "stop", sandboxId, graceMs });
    } catch (error) {
      this.#options.logger.warn(
        { err: error, sandboxId },
        "stopping through the launcher failed; it stops it by itself",
      );
    }
  }

  list(): Promise<readonly string[]> {
    return this.#ask({ op: "list" }, SandboxIds);
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Stops every sandbox and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sandboxes].map((id) => this.stop(id, 0)));
    this.#stop.abort(new Error("the launcher's client is closed"));
    this.#channel?.close();
    await this.#reconnecting;
    this.#folder?.[Symbol.dispose]();
  }

  #receive(reply: Reply): void {
    if ("event" in reply) {
      if (reply.event.kind === "exited") this.#sandboxes.delete(reply.event.sandboxId);
      this.#tell(reply.event);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("result" in reply) waiting?.resolve(reply.result);
    else waiting?.reject(errorOf(reply.error));
  }

  #tell(event: SandboxEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #ask(request: WithoutId<Wanted>, shape?: undefined, signal?: AbortSignal): Promise<undefined>;
  async #ask<S extends z.ZodType>(request: WithoutId<Wanted>, shape: S, signal?: AbortSignal): Promise<z.output<S>>;
  async #ask(request: WithoutId<Wanted>, shape?: z.ZodType, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const channel = this.#channel;
    if (!channel) throw new Error("the launcher does not answer at the moment");
    const id = this.#nextId++;
    const message = Request.parse({ ...request, id }); // the launcher would cut off the whole connection
    const cancel = (): void => {
      channel.send({ op: "cancel", target: id });
      this.#waiting.get(id)?.reject(signal?.reason as Error);
      this.#waiting.delete(id);
    };
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        signal?.addEventListener("abort", cancel, { once: true });
        if (!channel.send(message)) reject(new Error(`what ${request.op} asks for is too long`));
      });
      return shape?.parse(result);
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener("abort", cancel);
    }
  }
}

function errorOf({ kind, message }: Extract<Reply, { error: unknown }>["error"]): Error {
  if (kind === "RuntimeUnavailable") return new RuntimeUnavailable(message);
  return kind === "Error" ? new Error(message) : new ImageUnavailable(kind, message);
}

/** `undefined` when nobody listens there. */
function connectOnce(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const onError = (): void => resolve(undefined);
    socket.once("error", onError);
    socket.once("connect", () => {
      socket.off("error", onError);
      resolve(socket);
    });
  });
}
