import { readFileSync } from "node:fs";
import type { Client, ClientConfig } from "pg";
import type { OwnPlace } from "../ownSource.ts";

export const POSTGRES_PROTOCOLS: readonly string[] = ["postgres:", "postgresql:"];
const CONNECT_MS = 5_000;
/** Values are written as text in the same way, whatever the server's and the user's settings are. */
const TEXT_FORMS =
  "-c datestyle=ISO -c intervalstyle=iso_8601 -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex";

/** Where a server is. */
export type PostgresPlace = Pick<OwnPlace, "url" | "authorities">;

/** A connection to PostgreSQL. `onEnd` is called with the reason when it ends by itself. */
export async function postgresClient(place: PostgresPlace, onEnd: (error: Error) => void): Promise<Client> {
  return await connected(addressOf(place), onEnd);
}

/** A connection that accepts the commands of replication. */
export async function replicationClient(place: PostgresPlace, onEnd: (error: Error) => void): Promise<Client> {
  const config = { ...addressOf(place), options: TEXT_FORMS, replication: "database" };
  return await connected(config, onEnd);
}

/** Calls `work` with a connection, and closes it. */
export async function withClient<Result>(
  place: PostgresPlace,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await postgresClient(place, () => undefined); // the query rejects
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

/** `sslmode` and the files of libpq mean what they mean there, except that a server whose certificate is not verified is never spoken to by TLS. */
function addressOf({ url, authorities }: PostgresPlace): ClientConfig {
  const address = new URL(url);
  const take = (name: string): string | undefined => {
    const value = address.searchParams.get(name) ?? undefined;
    address.searchParams.delete(name);
    return value;
  };
  const [mode, root, cert, key] = [take("sslmode"), take("sslrootcert"), take("sslcert"), take("sslkey")];
  if (mode === undefined || mode === "disable") return { connectionString: address.href };
  return {
    connectionString: address.href,
    ssl: {
      ca: root === undefined ? [...authorities] : readFileSync(root, "utf8"),
      ...(cert !== undefined && { cert: readFileSync(cert, "utf8") }),
      ...(key !== undefined && { key: readFileSync(key, "utf8") }),
    },
  };
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
