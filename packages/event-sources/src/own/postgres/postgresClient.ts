import type { Client, ClientConfig } from "pg";

export const POSTGRES_PROTOCOLS: readonly string[] = ["postgres:", "postgresql:"];
const CONNECT_MS = 5_000;

function postgresConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "hearth event source",
  };
}

/** A connection to PostgreSQL. `onEnd` is called with the reason when it ends by itself. */
export async function postgresClient(url: string, onEnd: (error: Error) => void): Promise<Client> {
  const { default: pg } = await import("pg");
  const client = new pg.Client(postgresConfig(url));
  client.on("error", onEnd);
  client.on("end", () => onEnd(new Error("The server has closed the connection.")));
  await client.connect();
  return client;
}
