import { backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { Client, type ClientConfig, escapeIdentifier } from "pg";
import type { Connection } from "./queryable.ts";
import { cut } from "./statementDeadline.ts";

export interface ListenHandlers {
  /**
   * Runs on each new connection before it listens, for example to take a lock that lasts as long as the connection. When it rejects, the connection
   * is closed and a new one is tried; on the first attempt, `listen` rejects. A channel with such handlers has a connection of its own.
   */
  prepare?(connection: Connection): Promise<void>;
  onNotify(payload: string): void;
  /** Listening began, or began again: earlier notifications may have been missed. */
  onConnected?(): void;
  /** The connection broke: no notifications arrive until `onConnected`. */
  onLost?(): void;
}

/** What a connection listens on, and who is called. */
export interface Listening {
  /** Its channels now: each new connection listens on these. */
  channels(): Iterable<string>;
  readonly prepare?: ((connection: Connection) => Promise<void>) | undefined;
  onNotify(channel: string, payload: string): void;
  onConnected(): void;
  onLost(): void;
}

export interface Listener extends AsyncDisposable {
  readonly isConnected: boolean;
  /** Listens on a further one of the channels. Resolves with false when the connection is lost: the next one listens on it. */
  add(channel: string): Promise<boolean>;
  /** Listens on a channel no longer. Not awaited: it makes no difference when the connection breaks. */
  remove(channel: string): void;
}

export interface ListenerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How often a silent connection is checked: a peer that vanished sends no FIN. */
const HEARTBEAT_MS = 5_000;
/** How long PostgreSQL may take to say goodbye. */
const CLOSE_MS = 2_000;

/** Listens until disposed, and reconnects forever. Resolves after the first LISTEN; rejects when that one fails. */
export async function openListener(config: ClientConfig, listening: Listening, deps: ListenerDeps): Promise<Listener> {
  const stop = new AbortController();
  const state: State = { current: await connect(config, listening), isConnected: true };
  listening.onConnected();
  const done = follow(state, config, listening, deps, stop.signal);
  return {
    get isConnected() {
      return state.isConnected;
    },
    add: async (channel) => {
      const { client } = state.current;
      if (!state.isConnected) return false;
      try {
        await client.query(listenTo([channel]));
        return true;
      } catch (error) {
        deps.logger.debug({ err: error, channel }, "cannot listen to a further channel; connecting again");
        cut(client);
        return false;
      }
    },
    remove: (channel) => {
      if (state.isConnected) state.current.client.query(`UNLISTEN ${escapeIdentifier(channel)}`).catch(() => undefined);
    },
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

interface State {
  current: Connected;
  isConnected: boolean;
}

async function connect(config: ClientConfig, listening: Listening): Promise<Connected> {
  const client = new Client({ ...config, query_timeout: HEARTBEAT_MS });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("error", () => resolve());
  client.on("end", () => resolve());
  client.on("notification", ({ channel, payload }) => listening.onNotify(channel, payload ?? ""));
  try {
    await client.connect();
    await listening.prepare?.(queryable(client));
    const channels = [...listening.channels()];
    if (channels.length > 0) await client.query(listenTo(channels));
  } catch (error) {
    cut(client);
    throw error;
  }
  return { client, ended };
}

function listenTo(channels: readonly string[]): string {
  return channels.map((channel) => `LISTEN ${escapeIdentifier(channel)}`).join("; ");
}

function queryable(client: Client): Connection {
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(sql, [...values])).rows;
  return { query, prepared: query };
}

async function follow(
  state: State,
  config: ClientConfig,
  listening: Listening,
  { clock, random, logger }: ListenerDeps,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await untilLost(state.current, clock, stop);
    if (stop.aborted) break;
    const channels = [...listening.channels()];
    logger.warn({ channels }, "the PostgreSQL connection that listens was lost; connecting again");
    state.isConnected = false;
    listening.onLost();
    cut(state.current.client);
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        state.current = await connect(config, listening);
        state.isConnected = true;
        logger.info({ channels }, "listening to PostgreSQL again");
        listening.onConnected();
        break;
      } catch (error) {
        logger.debug({ err: error, channels }, "cannot listen to PostgreSQL yet");
        await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 1_000 }, random), stop).catch(() => undefined);
      }
    }
  }
  state.isConnected = false;
  await close(state.current, clock);
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
