import { Queue, Worker } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import { type Backend, type BackendDeps, FORGET_DONE, reportErrors } from "./backend.ts";

/** A command that Redis does not answer fails; with it, the connection is made again. */
const ANSWER_MS = 5_000;
/** BullMQ's workers wait at Redis for at most 10 s. */
const BLOCKING_ANSWER_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;

export function onRedis(topic: string, prefix: string, url: string, { complain }: BackendDeps): Backend {
  const connection = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, ...deadlines(ANSWER_MS) });
  const queue = new Queue(topic, { connection, prefix });
  queue.on("error", complain);
  return {
    add: (wake) => queue.add("wake", wake, FORGET_DONE),
    work: (handle, failed) => {
      const own = new Redis(url, { maxRetriesPerRequest: null, ...deadlines(BLOCKING_ANSWER_MS) });
      const worker = new Worker(topic, handle, { connection: own, prefix, ...FORGET_DONE });
      reportErrors(worker, failed, complain);
      return {
        [Symbol.asyncDispose]: async () => {
          await worker.close();
          own.disconnect();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      connection.disconnect();
    },
  };
}

function deadlines(ms: number) {
  return {
    commandTimeout: ms,
    socketTimeout: 2 * ms,
    connectTimeout: ANSWER_MS,
    keepAlive: KEEP_ALIVE_MS,
  } satisfies RedisOptions;
}
