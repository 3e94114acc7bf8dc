import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { Clock, Logger } from "@hearth/kit";
import { AddressGuard, type OwnServer } from "./addressGuard.ts";
import { canonicalHost } from "./canonicalHost.ts";
import { type ConnectionLimits, ConnectionShares } from "./connectionShares.ts";
import { httpExchange, type OutboundAnswer } from "./httpExchange.ts";
import { type ResolveName } from "./nameResolver.ts";
import { openSocket, secureSocket } from "./openSocket.ts";
import { OutboundFailed, OutboundRefused } from "./outboundErrors.ts";
import type { OutboundGrant } from "@hearth/kit";
import type { OutboundMetrics, OutboundOutcome } from "./outboundMetrics.ts";
import { RefusalLog } from "./refusalLog.ts";
import { checkRequest, type UncheckedRequest } from "./requestRules.ts";

export interface OutboundOptions {
  readonly grants: readonly OutboundGrant[];
  readonly ownServers: readonly OwnServer[];
  readonly limits: ConnectionLimits;
  readonly connectTimeoutMs?: number;
  /** How long a request waits for a connection of its account's share. */
  readonly shareTimeoutMs?: number;
}

export interface OutboundDeps {
  readonly resolve: ResolveName;
  readonly authorities: SecureContext;
  readonly metrics: OutboundMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OutboundRequest extends UncheckedRequest {
  readonly accountId: string;
  /** From the resolution of the name to the end of the answer. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
}

export interface OutboundConnection {
  readonly accountId: string;
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/** Of one name; each is tried until one accepts the connection. */
const MAX_ADDRESSES = 4;

/**
 * The only door to addresses that accounts choose. A name is resolved once, and the connection goes to the address that was checked. Refused are addresses
 * that are not public and servers of this installation, unless HEARTH_OUTBOUND_ALLOW grants them. Throws OutboundRefused for what will never be allowed, and
 * OutboundFailed for what may work later.
 */
export class Outbound {
  readonly #options: Required<OutboundOptions>;
  readonly #deps: OutboundDeps;
  readonly #guard: AddressGuard;
  readonly #shares: ConnectionShares;
  readonly #refusals: RefusalLog;

  constructor(options: OutboundOptions, deps: OutboundDeps) {
    this.#options = { connectTimeoutMs: 5_000, shareTimeoutMs: 10_000, ...options };
    this.#deps = deps;
    this.#guard = new AddressGuard({ ...options, resolve: deps.resolve });
    this.#shares = new ConnectionShares(options.limits);
    this.#refusals = new RefusalLog(deps);
    deps.metrics.observe(() => this.#shares.held);
  }

  /** Sends one HTTP request. Any status is an answer, redirects included. */
  async request(request: OutboundRequest): Promise<OutboundAnswer> {
    const { accountId, url, timeoutMs, maxResponseBytes, body } = request;
    return await this.#counted(accountId, url, undefined, "answered", async () => {
      const checked = checkRequest(request);
      using _share = await this.#share(accountId, request.signal);
      using deadline = this.#deadline(timeoutMs, request.signal);
      const { signal } = deadline;
      const socket = await this.#connect(accountId, checked.host, checked.port, signal);
      try {
        const channel = checked.isSecure
          ? await secureSocket(socket, checked.host, this.#deps.authorities, signal)
          : socket;
        return await httpExchange(channel, checked, { maxResponseBytes, signal, ...(body && { body }) });
      } finally {
        socket.on("error", () => undefined).destroy();
      }
    });
  }

  /** Opens a TCP connection, which counts for the account until it is closed. `signal` ends only the opening. */
  async connect({ accountId, host, port, signal }: OutboundConnection): Promise<Socket> {
    return await this.#counted(accountId, host, port, "connected", async () => {
      const canonical = canonicalHost(host);
      if (canonical === undefined)
        throw new OutboundRefused(`the host ${JSON.stringify(host.slice(0, 200))} is not valid`);
      const share = await this.#share(accountId, signal);
      try {
        using deadline = this.#deadline(this.#options.connectTimeoutMs, signal);
        const socket = await this.#connect(accountId, canonical, port, deadline.signal);
        socket.once("close", () => share[Symbol.dispose]());
        return socket;
      } catch (error) {
        share[Symbol.dispose]();
        throw error;
      }
    });
  }

  /**
   * The addresses of a host that the account may connect to, at least one; for clients that open their connections themselves, to these addresses and no
   * others. Such connections do not count for the account.
   */
  async addresses({ accountId, host, port, signal }: OutboundConnection): Promise<readonly string[]> {
    return await this.#counted(accountId, host, port, "allowed", async () => {
      const canonical = canonicalHost(host);
      if (canonical === undefined) {
        throw new OutboundRefused(`the host ${JSON.stringify(host.slice(0, 200))} is not valid`);
      }
      using deadline = this.#deadline(this.#options.connectTimeoutMs, signal);
      return await this.#allowed(accountId, canonical, port, deadline.signal);
    });
  }

  async #connect(accountId: string, host: string, port: number, signal: AbortSignal): Promise<Socket> {
    using deadline = this.#deadline(this.#options.connectTimeoutMs, signal);
    let failed: unknown;
    for (const address of await this.#allowed(accountId, host, port, deadline.signal)) {
      try {
        return await openSocket(address, port, deadline.signal);
      } catch (error) {
        failed = error;
        if (deadline.signal.aborted) break;
      }
    }
    throw failed;
  }

  /** The addresses of the host that the account may connect to, at least one. */
  async #allowed(accountId: string, host: string, port: number, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await withSignal(this.#deps.resolve(host), signal);
    const canonical = addresses.slice(0, MAX_ADDRESSES).map((address) => canonicalHost(address) ?? address);
    const refusals = await Promise.all(
      canonical.map(async (address) => await this.#guard.refusalOf({ accountId, address, port })),
    );
    const allowed = canonical.filter((_address, i) => refusals[i] === undefined);
    if (allowed.length === 0) {
      const message = `Hearth may not connect to ${host.includes(":") ? `[${host}]` : host}:${port} for account ${accountId}`;
      throw new OutboundRefused(message, refusals[0] ?? `the name ${host} has no address`);
    }
    return allowed;
  }

  async #share(accountId: string, signal: AbortSignal): Promise<Disposable> {
    using deadline = this.#deadline(this.#options.shareTimeoutMs, signal);
    try {
      return await this.#shares.acquire(accountId, deadline.signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof OutboundFailed)) throw error;
      throw new OutboundFailed("busy", `account ${accountId} has no free connection: ${error.message}`);
    }
  }

  /** A signal that aborts with OutboundFailed after `ms`, or when `outer` does. */
  #deadline(ms: number, outer: AbortSignal): Disposable & { readonly signal: AbortSignal } {
    const controller = new AbortController();
    const timer = this.#deps.clock.after(ms, () =>
      controller.abort(new OutboundFailed("timeout", `no answer within ${ms} ms`)),
    );
    const onAbort = (): void => controller.abort(outer.reason);
    if (outer.aborted) onAbort();
    else outer.addEventListener("abort", onAbort, { once: true });
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        timer[Symbol.dispose]();
        outer.removeEventListener("abort", onAbort);
      },
    };
  }

  async #counted<T>(
    accountId: string,
    target: string,
    port: number | undefined,
    ok: OutboundOutcome,
    run: () => Promise<T>,
  ): Promise<T> {
    const { metrics } = this.#deps;
    try {
      const result = await run();
      metrics.count(ok);
      return result;
    } catch (error) {
      if (error instanceof OutboundRefused) {
        metrics.count("refused");
        this.#refusals.refused(accountId, hostOf(target), port, error.detail);
      } else metrics.count(error instanceof OutboundFailed && error.reason === "timeout" ? "timeout" : "failed");
      throw error;
    }
  }
}

/** URLs may hold secrets in their path, query or user name. */
function hostOf(target: string): string {
  return URL.canParse(target) ? new URL(target).host : target.slice(0, 200);
}

async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
