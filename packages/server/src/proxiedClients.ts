import { peerNetwork } from "./peerNetwork.ts";

/**
 * The requests and web sockets of clients that come through trusted proxies. A connection of a proxy serves many clients, so that not connections are
 * counted but what each client does at a time.
 */
export class ProxiedClients {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a request of the client; `undefined` when it has too many. The result ends it, once. */
  begin(ip: string): (() => void) | undefined {
    const client = peerNetwork(ip);
    const before = this.#counts.get(client) ?? 0;
    if (before >= this.#limit) return undefined;
    this.#counts.set(client, before + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#counts.get(client) ?? 0) - 1;
      if (left > 0) this.#counts.set(client, left);
      else this.#counts.delete(client);
    };
  }
}
