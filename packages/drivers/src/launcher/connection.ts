import type { Socket } from "node:net";
import type { Logger } from "@hearth/kit";
import { type Driver, ImageUnavailable, RuntimeUnavailable, type SandboxEvent } from "../driver.ts";
import { LineChannel } from "./lineChannel.ts";
import { type Reply, Request } from "./protocol.ts";

const MAX_REQUESTS_UNDER_WAY = 1000;
const MAX_SANDBOXES = 4000;
const MAX_MESSAGE_CHARACTERS = 2000;

export interface ConnectionDeps {
  readonly driver: Driver;
  readonly notices: readonly string[];
  readonly logger: Logger;
  /** Called once when the peer has gone. */
  onGone(connection: Connection): void;
}

type Answerable = Exclude<Request, { op: "cancel" }>;

/** One invoker's connection. It can see and touch only sandboxes that it prepared itself. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #channel: LineChannel;
  readonly #sandboxes = new Set<string>();
  readonly #underWay = new Map<number, AbortController>();

  constructor(socket: Socket, deps: ConnectionDeps) {
    this.#deps = deps;
    this.#channel = new LineChannel(socket, {
      onMessage: (message) => this.#receive(Request.parse(message)),
      onEnd: (reason) => {
        if (reason) deps.logger.warn({ err: reason }, "a launcher connection broke");
        for (const controller of this.#underWay.values()) controller.abort(new Error("the connection has gone"));
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

  /** Passes on what concerns this connection. */
  hear(event: SandboxEvent): void {
    if (event.kind !== "progress" && !this.#sandboxes.has(event.sandboxId)) return;
    if (!this.#channel.send({ event } satisfies Reply)) {
      this.#deps.logger.warn({ kind: event.kind }, "what happened is too long to be told to the invoker");
    }
  }

  /** Stops everything of this connection. Never rejects. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#sandboxes].map((id) => this.#stop(id, 0)));
  }

  #receive(request: Request): void {
    if (request.op === "cancel") {
      this.#underWay.get(request.target)?.abort(new Error("cancelled"));
      return;
    }
    if (this.#underWay.has(request.id)) throw new Error(`request ${request.id} is under way already`);
    if (this.#underWay.size >= MAX_REQUESTS_UNDER_WAY) throw new Error("too many requests are under way");
    void this.#answer(request);
  }

  async #answer(request: Answerable): Promise<void> {
    const { id } = request;
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    try {
      const result = await this.#carryOut(request, controller.signal);
      if (!this.#channel.send({ id, result: result ?? null } satisfies Reply)) {
        throw new Error(`the answer to ${request.op} is too long`);
      }
    } catch (error) {
      // Registries and engines say as much as they like.
      const message = (error as Error).message.slice(0, MAX_MESSAGE_CHARACTERS);
      this.#channel.send({ id, error: { kind: kindOf(error), message } } satisfies Reply);
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #carryOut(request: Answerable, signal: AbortSignal): Promise<unknown> {
    const { driver, notices } = this.#deps;
    switch (request.op) {
      case "hello":
        return { name: driver.name, notices };
      case "runtimes":
        return driver.runtimes();
      case "ensureRuntime":
        return driver.ensureRuntime(request.runtime, signal);
      case "resolveImage":
        return driver.resolveImage(request.reference, signal);
      case "ensureImage":
        return driver.ensureImage(request, signal);
      case "keptImages":
        return driver.keptImages();
      case "releaseImage":
        return driver.releaseImage(request.digest);
      case "list":
        return (await driver.list()).filter((id) => this.#sandboxes.has(id));
      case "prepare":
        return this.#prepare(request.sandboxId);
      case "stop":
        return this.#stop(request.sandboxId, request.graceMs);
      case "boot":
        return driver.boot(this.#own(request.sandboxId), request.key, signal);
      case "specialise":
        return driver.specialise(this.#own(request.sandboxId), request.spec, signal);
      case "freeze":
        return driver.freeze(this.#own(request.sandboxId));
      case "thaw":
        return driver.thaw(this.#own(request.sandboxId));
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

  #own(sandboxId: string): string {
    if (!this.#sandboxes.has(sandboxId)) throw new Error(`sandbox ${sandboxId} is not of this connection`);
    return sandboxId;
  }
}

function kindOf(error: unknown): Extract<Reply, { error: unknown }>["error"]["kind"] {
  if (error instanceof ImageUnavailable) return error.reasonCode;
  return error instanceof RuntimeUnavailable ? "RuntimeUnavailable" : "Error";
}
