import type { Client, ClientConfig } from "pg";

export const POSTGRES_PROTOCOLS: readonly string[] = ["postgres:", "postgresql:"];
const CONNECT_MS = 5_000;
/** Values are written as text in the same way, whatever the server's and the user's settings are. */
const TEXT_FORMS =
  "-c datestyle=ISO -c intervalstyle=iso_8601 -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex";

/** A connection to PostgreSQL. `onEnd` is called with the reason when it ends by itself. */
export async function postgresClient(url: string, onEnd: (error: Error) => void): Promise<Client> {
  return await connected({ connectionString: url }, onEnd);
}

/** A connection that accepts the commands of replication. */
export async function replicationClient(url: string, onEnd: (error: Error) => void): Promise<Client> {
  return await connected(
    { connectionString: url, options: TEXT_FORMS, replication: "database" } as ClientConfig,
    onEnd,
  );
}

/** Calls `work` with a connection, and closes it. */
export async function withClient<Result>(
  url: string,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await postgresClient(url, () => undefined); // the query rejects
  const onAbort = (): void => void client.end();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    return await work(client);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await client.end();
  }
}

async function connected(config: ClientConfig, onEnd: (error: Error) => void): Promise<Client> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    ...config,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "hearth event source",
  });
  client.on("error", onEnd);
  client.on("end", () => onEnd(new Error("The server has closed the connection.")));
  await client.connect();
  return client;
}
