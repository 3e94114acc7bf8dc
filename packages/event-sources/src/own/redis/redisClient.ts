import type { Redis } from "ioredis";
import type { SecurePlace } from "../ownSource.ts";

const CONNECT_MS = 5_000;

/**
 * A connection to Redis. It does not connect again by itself: the pipeline opens a source anew after an error, and shows the error. Rejects with the reason why it
 * cannot connect.
 */
export async function redisClient({
  url,
  authorities,
  client: certificate,
}: Pick<SecurePlace, "url" | "authorities" | "client">): Promise<Redis> {
  const { Redis: Client } = await import("ioredis");
  const client = new Client(url, {
    lazyConnect: true,
    ...(url.startsWith("rediss:") && { tls: { ca: [...authorities], ...certificate } }),
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    keepAlive: 10_000,
    retryStrategy: () => null,
    // XREADGROUP answers another shape in RESP3.
    protocol: 2,
  });
  let reason: Error | undefined;
  client.on("error", (error: Error) => (reason ??= error));
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    throw reason ?? error;
  }
  return client;
}
