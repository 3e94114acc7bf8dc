import { backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { Client, type ClientConfig } from "pg";
import type { Connection } from "./queryable.ts";
import { cut } from "./statementDeadline.ts";

export interface ListenHandlers {
  /**
   * Runs on each new connection before it listens, for example to take a lock that lasts as long as the connection. When it rejects, the connection
   * is closed and a new one is tried; on the first attempt, `listen` rejects.
   */
  prepare?(connection: Connection): Promise<void>;
  onNotify(payload: string): void;
  /** Listening began, or began again: earlier notifications may have been missed. */
  onConnected?(): void;
  /** The connection broke: no notifications arrive until `onConnected`. */
  onLost?(): void;
}

export type Listener = AsyncDisposable;

interface ListenerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How often a silent connection is checked: a peer that vanished sends no FIN. */
const HEARTBEAT_MS = 5_000;
/** How long PostgreSQL may take to say goodbye. */
const CLOSE_MS = 2_000;

/** Listens on `channel` until disposed, and reconnects forever. Resolves after the first LISTEN; rejects when that one fails. */
export async function openListener(
  config: ClientConfig,
  channel: string,
  handlers: ListenHandlers,
  deps: ListenerDeps,
): Promise<Listener> {
  const stop = new AbortController();
  const first = await connect(config, channel, handlers);
  handlers.onConnected?.();
  const done = follow(first, config, channel, handlers, deps, stop.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error("listener disposed"));
      await done;
    },
  };
}

interface Connected {
  readonly client: Client;
  /** Resolves when the connection has ended for any reason. */
  readonly ended: Promise<void>;
}

async function connect(config: ClientConfig, channel: string, handlers: ListenHandlers): Promise<Connected> {
  const client = new Client({ ...config, query_timeout: HEARTBEAT_MS });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("error", () => resolve());
  client.on("end", () => resolve());
  client.on("notification", (message) => handlers.onNotify(message.payload ?? ""));
  try {
    await client.connect();
    await handlers.prepare?.(queryable(client));
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    cut(client);
    throw error;
  }
  return { client, ended };
}

function queryable(client: Client): Connection {
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(sql, [...values])).rows;
  return { query, prepared: query };
}

async function follow(
  first: Connected,
  config: ClientConfig,
  channel: string,
  handlers: ListenHandlers,
  { clock, random, logger }: ListenerDeps,
  stop: AbortSignal,
): Promise<void> {
  let current: Connected = first;
  while (!stop.aborted) {
    await untilLost(current, clock, stop);
    if (stop.aborted) break;
    logger.warn({ channel }, "the PostgreSQL connection that listens was lost; connecting again");
    handlers.onLost?.();
    cut(current.client);
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        current = await connect(config, channel, handlers);
        logger.info({ channel }, "listening to PostgreSQL again");
        handlers.onConnected?.();
        break;
      } catch (error) {
        logger.debug({ err: error, channel }, "cannot listen to PostgreSQL yet");
        await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 1_000 }, random), stop).catch(() => undefined);
      }
    }
  }
  await close(current, clock);
}

/** Says goodbye, so that PostgreSQL has released the connection's locks when this resolves; not to a server that does not answer. */
async function close({ client, ended }: Connected, clock: Clock): Promise<void> {
  const enough = new AbortController();
  void client.end().catch(() => undefined); // resolves `ended` too
  await Promise.race([ended, clock.sleep(CLOSE_MS, enough.signal).catch(() => undefined)]);
  enough.abort(new Error("closed"));
  cut(client);
}

/** Resolves when the connection ended, stopped answering, or `stop` aborted. */
async function untilLost({ client, ended }: Connected, clock: Clock, stop: AbortSignal): Promise<void> {
  let over = false;
  const finished = ended.then(() => {
    over = true;
  });
  while (!over && !stop.aborted) {
    const pause = new AbortController();
    const onStop = (): void => pause.abort(new Error("stopping"));
    stop.addEventListener("abort", onStop, { once: true });
    await Promise.race([finished, clock.sleep(HEARTBEAT_MS, pause.signal).catch(() => undefined)]);
    stop.removeEventListener("abort", onStop);
    pause.abort(new Error("done"));
    if (over || stop.aborted) return;
    try {
      await client.query("SELECT 1");
    } catch {
      return; // logged by the caller, which reconnects
    }
  }
}
