import type { Socket } from "node:net";
import type { Logger } from "@hearth/kit";
import { type Driver, ImageUnavailable, RuntimeUnavailable } from "../driver.ts";
import { type CallName, isImageCall } from "./calls.ts";
import { launcherVersion } from "./launcherVersion.ts";
import { LineChannel } from "./lineChannel.ts";
import { type Call, type LauncherEvent, type Reply, Request } from "./protocol.ts";

const MAX_REQUESTS_RUNNING = 1000;
const MAX_SANDBOXES = 4000;
const MAX_MESSAGE_CHARACTERS = 2000;

export interface ConnectionDeps {
  readonly driver: Driver;
  readonly notices: readonly string[];
  readonly logger: Logger;
  /** Called once, when the connection has ended. */
  onGone(connection: Connection): void;
}

/** One invoker's connection. It can see and touch only sandboxes that it prepared itself. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #channel: LineChannel;
  readonly #sandboxes = new Set<string>();
  readonly #running = new Map<number, AbortController>();

  constructor(socket: Socket, deps: ConnectionDeps) {
    this.#deps = deps;
    this.#channel = new LineChannel(socket, {
      onMessage: (message) => this.#receive(Request.parse(message)),
      onEnd: (reason) => {
        if (reason) deps.logger.warn({ err: reason }, "a launcher connection broke");
        for (const controller of this.#running.values()) controller.abort(new Error("the connection has gone"));
        deps.onGone(this);
      },
    });
  }

  get sandboxes(): ReadonlySet<string> {
    return this.#sandboxes;
  }

  close(): void {
    this.#channel.close();
  }

  /** Sends the event to the invoker unless it is about a sandbox of another connection. */
  send(event: LauncherEvent): void {
    if (event.kind !== "progress" && !this.#sandboxes.has(event.sandboxId)) return;
    if (!this.#channel.send({ event } satisfies Reply)) {
      this.#deps.logger.warn({ kind: event.kind }, "an event is too long to be sent to the invoker");
    }
  }

  /** Stops all sandboxes of this connection. Never rejects. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#sandboxes].map((id) => this.#stop(id, 0)));
  }

  #receive(request: Request): void {
    if (request.op === "cancel") {
      this.#running.get(request.target)?.abort(new Error("cancelled"));
      return;
    }
    if (this.#running.has(request.id)) throw new Error(`request ${request.id} is running already`);
    if (this.#running.size >= MAX_REQUESTS_RUNNING) throw new Error("too many requests are running");
    void this.#answer(request);
  }

  async #answer(request: Call): Promise<void> {
    const { id } = request;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const result = await this.#carryOut(request, controller.signal);
      if (!this.#channel.send({ id, result: result ?? null } satisfies Reply)) {
        throw new Error(`the answer to ${request.op} is too long`);
      }
    } catch (error) {
      // Errors of registries and engines can be arbitrarily long.
      const message = (error as Error).message.slice(0, MAX_MESSAGE_CHARACTERS);
      this.#channel.send({ id, error: { kind: kindOf(error), message } } satisfies Reply);
    } finally {
      this.#running.delete(id);
    }
  }

  /** The protocol has checked the arguments of `op`. */
  async #carryOut({ op, args }: Call, signal: AbortSignal): Promise<unknown> {
    const { driver, notices } = this.#deps;
    const [sandboxId] = args as [string];
    if (isImageCall(op)) return await callMethod(driver.images, op, [...args, signal]);
    switch (op) {
      case "hello":
        return { name: driver.name, notices, version: launcherVersion() };
      case "list":
        return (await driver.list()).filter((id) => this.#sandboxes.has(id));
      case "expectEgress":
        return await driver.expectEgress();
      case "prepare":
        return await this.#prepare(sandboxId);
      case "stop":
        return await this.#stop(sandboxId, args[1] as number);
      case "create":
      case "boot":
      case "specialise":
      case "freeze":
      case "thaw":
      case "cpuMs":
        if (!this.#sandboxes.has(sandboxId)) throw new Error(`sandbox ${sandboxId} is not of this connection`);
        return await callMethod(driver, op, [...args, signal]);
    }
  }

  async #prepare(sandboxId: string): Promise<unknown> {
    if (this.#sandboxes.size >= MAX_SANDBOXES) throw new Error(`a connection has at most ${MAX_SANDBOXES} sandboxes`);
    const directory = await this.#deps.driver.prepare(sandboxId);
    this.#sandboxes.add(sandboxId);
    return directory;
  }

  async #stop(sandboxId: string, graceMs: number): Promise<void> {
    if (!this.#sandboxes.has(sandboxId)) return;
    await this.#deps.driver.stop(sandboxId, graceMs);
    this.#sandboxes.delete(sandboxId);
  }
}

function callMethod<Port extends object>(
  port: Port,
  method: CallName & keyof Port,
  args: readonly unknown[],
): Promise<unknown> {
  const implementation = port[method] as (...args: readonly unknown[]) => Promise<unknown>;
  return implementation.apply(port, [...args]);
}

function kindOf(error: unknown): Extract<Reply, { error: unknown }>["error"]["kind"] {
  if (error instanceof ImageUnavailable) return error.reasonCode;
  return error instanceof RuntimeUnavailable ? "RuntimeUnavailable" : "Error";
}
