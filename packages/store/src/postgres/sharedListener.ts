import { Mutex } from "@hearth/kit";
import type { ClientConfig } from "pg";
import { type Listener, type ListenerDeps, type ListenHandlers, openListener } from "./listener.ts";

type Handlers = Omit<ListenHandlers, "prepare">;

/**
 * Listens on any number of channels with one connection, which is open while there is a channel: each connection costs a process of PostgreSQL with 1.4 MB
 * at least, and one heartbeat. When the connection breaks, all handlers hear of it.
 */
export class SharedListener implements AsyncDisposable {
  readonly #config: ClientConfig;
  readonly #deps: ListenerDeps;
  readonly #channels = new Map<string, Set<Handlers>>();
  /** The connection is opened, gets channels and is closed by one caller at a time. */
  readonly #changing = new Mutex();
  #listener: Listener | undefined;

  constructor(config: ClientConfig, deps: ListenerDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  /**
   * Resolves when it listens on `channel`, or when it will as soon as a lost connection is back, which `onConnected` reports. Rejects when the first
   * connection fails.
   */
  async add(channel: string, handlers: Handlers): Promise<AsyncDisposable> {
    using _permit = await this.#changing.acquire();
    const isNew = this.#remember(channel, handlers);
    if (this.#listener) {
      const listens = isNew ? await this.#listener.add(channel) : this.#listener.isConnected;
      if (listens) handlers.onConnected?.();
    } else {
      try {
        this.#listener = await this.#open();
      } catch (error) {
        this.#forget(channel, handlers);
        throw error;
      }
    }
    return { [Symbol.asyncDispose]: () => this.#remove(channel, handlers) };
  }

  #open(): Promise<Listener> {
    const all = (): Handlers[] => [...this.#channels.values()].flatMap((handlers) => [...handlers]);
    const listening = {
      channels: () => this.#channels.keys(),
      onNotify: (channel: string, payload: string): void => {
        for (const handlers of this.#channels.get(channel) ?? []) handlers.onNotify(payload);
      },
      onConnected: () => {
        for (const handlers of all()) handlers.onConnected?.();
      },
      onLost: () => {
        for (const handlers of all()) handlers.onLost?.();
      },
    };
    return openListener(this.#config, listening, this.#deps);
  }

  /** Whether the channel is a new one. */
  #remember(channel: string, handlers: Handlers): boolean {
    const known = this.#channels.get(channel);
    if (known) known.add(handlers);
    else this.#channels.set(channel, new Set([handlers]));
    return known === undefined;
  }

  /** Whether it was the channel's last. */
  #forget(channel: string, handlers: Handlers): boolean {
    const known = this.#channels.get(channel);
    return known?.delete(handlers) === true && known.size === 0 && this.#channels.delete(channel);
  }

  async #remove(channel: string, handlers: Handlers): Promise<void> {
    using _permit = await this.#changing.acquire();
    const wasLast = this.#forget(channel, handlers);
    if (this.#channels.size === 0) await this.#close();
    else if (wasLast) this.#listener?.remove(channel);
  }

  async #close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _permit = await this.#changing.acquire();
    this.#channels.clear();
    await this.#close();
  }
}
