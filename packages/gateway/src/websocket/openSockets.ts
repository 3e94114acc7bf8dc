import type { Clock } from "@hearth/kit";
import type { CommandReply, ConnectionCommand } from "./connectionCommand.ts";
import type { OpenSocket } from "./openSocket.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const IDLE_MS = 10 * 60_000;
const LONGEST_MS = 2 * 60 * 60_000;
const SWEEP_MS = 5_000;
const GOING_AWAY = 1001;

export interface SocketLimits {
  readonly idleMs?: number;
  readonly longestMs?: number;
  readonly sweepMs?: number;
  /** Of one account in this process. */
  readonly perAccount: number;
}

/** The web sockets that are open in this process. One timer looks after all of them, while there are any. */
export class OpenSockets implements Disposable {
  readonly #limits: Required<SocketLimits>;
  readonly #clock: Clock;
  readonly #byId = new Map<string, OpenSocket>();
  readonly #perAccount = new Map<string, number>();
  readonly #onSweep: () => void;
  #timer: Disposable | undefined;
  #isEmpty: PromiseWithResolvers<void> | undefined;

  /** `onSweep` is called every few seconds while there are sockets, and at once when there is the first one. */
  constructor(limits: SocketLimits, { clock, onSweep }: { readonly clock: Clock; readonly onSweep: () => void }) {
    this.#limits = { idleMs: IDLE_MS, longestMs: LONGEST_MS, sweepMs: SWEEP_MS, ...limits };
    this.#clock = clock;
    this.#onSweep = onSweep;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Takes a place for a connection of the account before its handshake is done: many may begin at once. False when all are taken. */
  takePlace(accountId: string): boolean {
    if ((this.#perAccount.get(accountId) ?? 0) >= this.#limits.perAccount) return false;
    this.#count(accountId, 1);
    return true;
  }

  /** A connection for which a place was taken is not opened. */
  givePlaceBack(accountId: string): void {
    this.#count(accountId, -1);
  }

  /** A place must have been taken for it. */
  add(socket: OpenSocket): void {
    this.#byId.set(socket.facts.connectionId, socket);
    if (this.#timer) return;
    this.#onSweep();
    this.#sweepLater();
  }

  remove(socket: OpenSocket): void {
    const { connectionId, api } = socket.facts;
    if (this.#byId.delete(connectionId)) this.#count(api.accountId, -1);
    if (this.#byId.size === 0) this.#isEmpty?.resolve();
  }

  /** Does what a command says. A connection of another API or stage is not found. */
  do(command: ConnectionCommand): CommandReply {
    const socket = this.#byId.get(command.connectionId);
    const { api, stage } = socket?.facts ?? {};
    if (!socket?.isOpen || api?.apiId !== command.apiId || stage !== command.stage) return { kind: "gone" };
    switch (command.kind) {
      case "describe":
        return { kind: "described", connection: socket.describe() };
      case "close":
        socket.close(1000, "Connection Closed Normally");
        return { kind: "done" };
      case "send": {
        const reply = socket.send(command.body);
        if (reply.kind === "done") socket.touch(this.#clock.monotonicMs(), this.#clock.now());
        return reply;
      }
    }
  }

  /** Closes all; resolves when they are closed, or `signal` aborts: those that are left are cut off then. */
  async closeAll(signal: AbortSignal): Promise<void> {
    for (const socket of this.#byId.values()) socket.close(GOING_AWAY, "Going away");
    if (this.#byId.size === 0) return;
    this.#isEmpty ??= Promise.withResolvers<void>();
    const cut = (): void => this.#cutOff();
    if (signal.aborted) cut();
    else signal.addEventListener("abort", cut, { once: true });
    await this.#isEmpty.promise;
    signal.removeEventListener("abort", cut);
  }

  #cutOff(): void {
    for (const socket of this.#byId.values()) socket.terminate();
  }

  #count(accountId: string, change: 1 | -1): void {
    const count = (this.#perAccount.get(accountId) ?? 0) + change;
    if (count === 0) this.#perAccount.delete(accountId);
    else this.#perAccount.set(accountId, count);
  }

  #sweepLater(): void {
    this.#timer = this.#clock.after(this.#limits.sweepMs, () => {
      this.#timer = undefined;
      this.#sweep();
      if (this.#byId.size === 0) return;
      this.#onSweep();
      this.#sweepLater();
    });
  }

  #sweep(): void {
    const { idleMs, longestMs } = this.#limits;
    const now = this.#clock.monotonicMs();
    for (const socket of this.#byId.values()) {
      const isIdle = socket.inFlight === 0 && socket.activeMs + idleMs <= now;
      if (!isIdle && socket.openedMs + longestMs > now) continue;
      if (socket.isOpen) socket.close(GOING_AWAY, "Going away");
      // It was asked to close in an earlier sweep.
      else socket.terminate();
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#cutOff();
  }
}
