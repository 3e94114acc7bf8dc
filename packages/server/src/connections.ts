import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@hearth/kit";
import { peerNetwork } from "./peerNetwork.ts";

export interface ConnectionLimits {
  /** Connections in total. */
  readonly total: number;
  /** Of one address (of IPv6: of one /64 network). */
  readonly perPeer: number;
}

export interface ConnectionsDeps {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  /** Whether an address is a proxy whose connections serve many clients: only the total limits them. */
  readonly isProxy?: (address: string) => boolean;
  /** A connection without a request for this long is closed, even if bytes trickle in. */
  readonly idleMs: number;
  /** Called with the reason when a connection is closed to make room for others. */
  readonly onClosed: (reason: "limit" | "idle") => void;
}

/** A client's connection and its activity. */
export interface Connection {
  readonly socket: Socket;
  readonly peer: string;
  /** Requests that are being answered. */
  inFlight: number;
  /** Monotonic time when `inFlight` last changed or the last request began. */
  sinceMs: number;
  /** The last request, of HTTP/1.1; absent when all are answered. */
  request: Pick<IncomingMessage, "complete"> | undefined;
}

const SWEEP_MS = 10_000;

/**
 * The connections of a listener, limited per peer and in total. When there is one too many, the peer with the most loses the connection that has
 * been without a request for longest, or else the one whose request body has been awaited for longest; when all are in use, the new one is
 * refused. So clients that only hold connections open cannot keep others out.
 */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #bySocket = new Map<Socket, Connection>();
  readonly #peers = new Map<string, Set<Connection>>();
  #isSweeping = false;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#bySocket.size;
  }

  /** Counts a new connection; `undefined` when it was refused and destroyed. */
  accept(socket: Socket): Connection | undefined {
    const { limits, clock } = this.#deps;
    const peer = peerNetwork(socket.remoteAddress);
    const isProxy = this.#deps.isProxy?.(plainAddress(socket.remoteAddress)) === true;
    if (!this.#makeRoom(peer, isProxy ? { ...limits, perPeer: limits.total } : limits)) {
      this.#deps.onClosed("limit");
      socket.on("error", () => undefined);
      socket.destroy();
      return undefined;
    }
    const connection: Connection = { socket, peer, inFlight: 0, sinceMs: clock.monotonicMs(), request: undefined };
    this.#bySocket.set(socket, connection);
    const siblings = this.#peers.get(peer);
    if (siblings) siblings.add(connection);
    else this.#peers.set(peer, new Set([connection]));
    socket.once("close", () => this.#forget(connection));
    if (!this.#isSweeping) this.#sweepLater();
    return connection;
  }

  find(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  /** A request begins. */
  begin(connection: Connection, request?: Pick<IncomingMessage, "complete">): void {
    connection.inFlight++;
    connection.request = request;
    connection.sinceMs = this.#deps.clock.monotonicMs();
  }

  /** A request is answered. */
  end(connection: Connection): void {
    connection.inFlight--;
    // A request that came whole has its body, up to 64 KB, which many idle connections would hold.
    if (connection.inFlight === 0) connection.request = undefined;
    connection.sinceMs = this.#deps.clock.monotonicMs();
  }

  #makeRoom(peer: string, { total, perPeer }: ConnectionLimits): boolean {
    const own = this.#peers.get(peer);
    if (own && own.size >= perPeer) return this.#evictOneOf(own);
    if (this.#bySocket.size < total) return true;
    const largest = [...this.#peers.values()].sort((a, b) => b.size - a.size);
    return largest.some((connections) => this.#evictOneOf(connections));
  }

  #evictOneOf(connections: ReadonlySet<Connection>): boolean {
    let victim: Connection | undefined;
    for (const one of connections) {
      if (one.inFlight > 0 && (one.request === undefined || one.request.complete)) continue;
      if (!victim || goesBefore(one, victim)) victim = one;
    }
    if (!victim) return false;
    this.#close(victim, "limit");
    return true;
  }

  #close(connection: Connection, reason: "limit" | "idle"): void {
    this.#forget(connection);
    this.#deps.onClosed(reason);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    if (!this.#bySocket.delete(connection.socket)) return;
    const siblings = this.#peers.get(connection.peer);
    siblings?.delete(connection);
    if (siblings?.size === 0) this.#peers.delete(connection.peer);
  }

  #sweepLater(): void {
    this.#isSweeping = true;
    this.#deps.clock.after(SWEEP_MS, () => {
      const { clock, idleMs } = this.#deps;
      const before = clock.monotonicMs() - idleMs;
      for (const connection of this.#bySocket.values()) {
        if (connection.inFlight === 0 && connection.sinceMs <= before) this.#close(connection, "idle");
      }
      this.#isSweeping = false;
      if (this.#bySocket.size > 0) this.#sweepLater();
    });
  }
}

/** An address of IPv4 may come as one of IPv6. */
function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** Whether `a` is closed rather than `b`. */
function goesBefore(a: Connection, b: Connection): boolean {
  const [aIdle, bIdle] = [a.inFlight === 0, b.inFlight === 0];
  return aIdle === bIdle ? a.sinceMs < b.sinceMs : aIdle;
}
