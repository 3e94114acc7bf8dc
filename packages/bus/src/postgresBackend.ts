import { createPostgresBackend, type PostgresConnectionOptions, Queue, Worker } from "bullmq";
import { type Backend, type BackendDeps, FORGET_DONE, reportErrors } from "./backend.ts";
import { Connecting } from "./connecting.ts";
import { GuardedClient, guardClients } from "./guardedClient.ts";

/** As `pg` takes it. */
export interface PostgresConnection {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

const CONNECT_AGAIN_MS = 1_000;

/** Without deadlines: what waits for a PostgreSQL that hangs goes on when PostgreSQL does. */
export function onPostgres(topic: string, prefix: string, address: PostgresConnection, deps: BackendDeps): Backend {
  const { complain } = deps;
  guardClients();
  const connection: PostgresConnectionOptions = {
    ...address,
    Client: GuardedClient,
    schema: "bus",
    migrate: true,
    max: 2,
    keepAlive: true,
  };
  const queue = new Connecting(() => {
    const made = new Queue(topic, { connection, prefix }, createPostgresBackend);
    made.on("error", complain);
    return made;
  });
  return {
    add: async (wake) => (await queue.connected()).add("wake", wake, FORGET_DONE),
    work: (handle, failed) => {
      const worker = new Connecting(() => {
        const options = { connection, prefix, autorun: false, ...FORGET_DONE };
        const made = new Worker(topic, handle, options, createPostgresBackend);
        reportErrors(made, failed, complain);
        return made;
      });
      const stop = new AbortController();
      const connectAndRun = async (): Promise<void> => {
        const connected = await worker.connected();
        if (!stop.signal.aborted) connected.run().catch(complain);
      };
      const starting = retry(connectAndRun, stop.signal, deps);
      return {
        [Symbol.asyncDispose]: async () => {
          stop.abort(new Error("stopping"));
          await worker[Symbol.asyncDispose]();
          await starting;
        },
      };
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  };
}

async function retry(step: () => Promise<void>, stop: AbortSignal, { clock, logger }: BackendDeps): Promise<void> {
  while (!stop.aborted) {
    try {
      return await step();
    } catch (error) {
      logger.debug({ err: error }, "a worker of the event bus could not connect");
      await clock.sleep(CONNECT_AGAIN_MS, stop).catch(() => undefined);
    }
  }
}
