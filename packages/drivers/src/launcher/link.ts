import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import type { Clock, Logger } from "@hearth/kit";
import { ImageUnavailable, RuntimeUnavailable } from "../driver.ts";
import { shortPath, type ShortPath } from "../shortPath.ts";
import { type CallArgs, type CallName, type CallResult, CALLS } from "./calls.ts";
import { LineChannel } from "./lineChannel.ts";
import { type LauncherEvent, Reply, Request } from "./protocol.ts";

const RECONNECT_MS = 200;

export interface LauncherClientOptions {
  readonly dataDir: string;
  /** How long to wait for a launcher that is starting. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * A connection to a launcher that is made again when it breaks; calls reject meanwhile. The launcher stops the sandboxes of a broken connection, so
 * that each of them is reported as exited.
 */
export class LauncherLink {
  name: "docker" | "process" = "docker";
  notices: readonly string[] = [];
  version: string | undefined;
  /** The sandboxes that this connection owns. */
  readonly sandboxes = new Set<string>();
  readonly #options: LauncherClientOptions;
  readonly #stop = new AbortController();
  readonly #listeners: ((event: LauncherEvent) => void)[] = [];
  readonly #pending = new Map<number, PendingCall>();
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

  /** False when the launcher closed the connection before it answered. */
  async #greet(socket: Socket, signal: AbortSignal): Promise<boolean> {
    this.#channel = new LineChannel(socket, {
      onMessage: (message) => this.#receive(Reply.parse(message)),
      onEnd: (reason) => this.#lost(reason),
    });
    try {
      const hello = await this.call("hello", [], signal);
      this.name = hello.name;
      this.notices = hello.notices;
      this.version = hello.version;
      this.#greeted = true;
    } catch (error) {
      this.#options.logger.warn({ err: error }, "the launcher closed the connection at once");
      socket.destroy();
    }
    return this.#greeted;
  }

  #lost(reason: Error | undefined): void {
    this.#channel = undefined;
    const wasGreeted = this.#greeted;
    this.#greeted = false;
    for (const pending of this.#pending.values()) pending.reject(new Error("the launcher's connection was lost"));
    this.#pending.clear();
    const lost = [...this.sandboxes];
    this.sandboxes.clear();
    for (const sandboxId of lost) {
      this.#emit({ kind: "exited", sandboxId, exitCode: null, signal: null, outOfMemory: false });
    }
    if (!wasGreeted || this.#stop.signal.aborted) return;
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

  on(listener: (event: LauncherEvent) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the launcher's client is closed"));
    this.#channel?.close();
    await this.#reconnecting;
    this.#folder?.[Symbol.dispose]();
  }

  /** Calls a method of the launcher's driver. Aborting `signal` cancels it there. */
  async call<C extends CallName>(op: C, args: CallArgs<C>, signal?: AbortSignal): Promise<CallResult<C>> {
    signal?.throwIfAborted();
    const channel = this.#channel;
    if (!channel) throw new Error("the launcher does not answer at the moment");
    const id = this.#nextId++;
    const message = Request.parse({ op, id, args }); // the launcher would end the whole connection
    const cancel = (): void => {
      channel.send({ op: "cancel", target: id });
      this.#pending.get(id)?.reject(signal?.reason as Error);
      this.#pending.delete(id);
    };
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        signal?.addEventListener("abort", cancel, { once: true });
        if (!channel.send(message)) reject(new Error(`the arguments of ${op} are too long`));
      });
      return CALLS[op].result.parse(result) as CallResult<C>;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", cancel);
    }
  }

  #receive(reply: Reply): void {
    if ("event" in reply) {
      if (reply.event.kind === "exited") this.sandboxes.delete(reply.event.sandboxId);
      this.#emit(reply.event);
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ("result" in reply) pending?.resolve(reply.result);
    else pending?.reject(errorOf(reply.error));
  }

  #emit(event: LauncherEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function errorOf({ kind, message }: Extract<Reply, { error: unknown }>["error"]): Error {
  if (kind === "RuntimeUnavailable") return new RuntimeUnavailable(message);
  return kind === "Error" ? new Error(message) : new ImageUnavailable(kind, message);
}

/** `undefined` when there is no listener. */
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
