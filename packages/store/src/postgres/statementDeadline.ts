import { Deadlines, type HangWatch, SystemClock } from "@hearth/kit";
import { type PoolClient, Query, type QueryConfig, type QueryResult, type QueryResultRow } from "pg";

/** How long PostgreSQL may work on one statement, unless the caller asks for more. */
export const STATEMENT_TIMEOUT_MS = 20_000;
/** For statements of migrations, back-ups and VACUUM, and for the locks that wait for them. */
export const LONG_STATEMENT_TIMEOUT_MS = 3_600_000;
/** PostgreSQL ends a statement at its timeout. A server that has not even said so this much later hangs. */
const ANSWER_GRACE_MS = 3_000;

/** The server's time is real time, also in tests that stop the clock. */
const deadlines = new Deadlines(new SystemClock());

/** PostgreSQL did not answer a statement in time, not even to say that it ended it. Whether the statement took effect is unknown. */
export class DatabaseUnanswered extends Error {}

/**
 * Runs one statement. Rejects with DatabaseUnanswered when there is no answer shortly after `timeoutMs`, or as soon as `watch` notices that the server
 * hangs; the connection is closed then. A stopped server or a broken network cannot enforce `statement_timeout`, so this deadline is kept on this side.
 */
export async function answered<Row extends QueryResultRow>(
  client: PoolClient,
  config: QueryConfig,
  timeoutMs: number,
  watch?: HangWatch,
): Promise<QueryResult<Row>> {
  let reason: Error | undefined;
  const giveUp = (error: Error): void => {
    reason = error;
    cut(client);
  };
  using _call = watch?.begin(giveUp);
  const waitMs = timeoutMs + ANSWER_GRACE_MS;
  using _deadline = deadlines.begin(waitMs, () => giveUp(new Error(`PostgreSQL did not answer within ${waitMs} ms`)));
  try {
    return await sent<Row>(client, config);
  } catch (error) {
    // One that leads back to the caller, as `query` of pg gives it.
    if (error instanceof Error) Error.captureStackTrace(error);
    if (reason === undefined) throw error;
    const begin = config.text.trim().replaceAll(/\s+/g, " ").slice(0, 60);
    throw new DatabaseUnanswered(`${reason.message}: ${begin}`, { cause: reason });
  }
}

/** As `client.query(config)`, which copies the configuration with its property descriptors: that takes ten times as long as the rest of a query's object. */
function sent<Row extends QueryResultRow>(
  client: PoolClient,
  { text, values, name }: QueryConfig,
): Promise<QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    const query = new Query<Row>(text, values, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
    client.query(name === undefined ? query : Object.assign(query, { name }));
  });
}

/** Closes a connection without saying goodbye: a server that hangs would never answer it. */
export function cut(client: object): void {
  (client as { readonly connection?: { readonly stream?: { destroy(): void } } }).connection?.stream?.destroy();
}
