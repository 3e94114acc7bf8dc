import type { Clock, Random } from "@hearth/kit";
import { type ImageResolution, ServiceException } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** NOTIFY channel that wakes the invoker. */
export const IMAGE_REQUEST_CHANNEL = "hearth_image_requests";
/** The time limit for an invoker's answer. */
export const IMAGE_ANSWER_MS = 20_000;

const PATIENCE_MS = IMAGE_ANSWER_MS + 5_000;
const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 200;
/** After this time no caller waits for the answer any more. */
const FORGOTTEN_AFTER_MS = 120_000;
const CLAIMED_AT_ONCE = 16;

/** The resolution of an image name, or the reason why this attempt failed. */
export type ImageAnswer = ImageResolution | { readonly kind: "failed"; readonly reason: string };

export interface ImageRequest {
  readonly id: string;
  readonly ImageUri: string;
  /** The caller's account. */
  readonly accountId: string;
}

export interface ImageRequestStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Requests to resolve image names. Control, which has no container engine, asks; the invoker, which can reach one, answers. One request per
 * CreateFunction or UpdateFunctionCode.
 */
export class ImageRequestStore {
  readonly #deps: ImageRequestStoreDeps;

  constructor(deps: ImageRequestStoreDeps) {
    this.#deps = deps;
  }

  /** Rejects with ServiceException when no invoker runs, or when none answers in time. */
  async resolve(ImageUri: string, accountId: string, signal: AbortSignal): Promise<ImageResolution> {
    const { database, clock, random } = this.#deps;
    const id = random.uuid();
    const [invoker] = await database.prepared(
      `WITH live AS (SELECT 1 FROM invokers WHERE lease_until > clock_timestamp() LIMIT 1),
            asked AS (INSERT INTO image_requests (id, "ImageUri", account_id) SELECT $1, $2, $3 FROM live RETURNING id)
       SELECT pg_notify('${IMAGE_REQUEST_CHANNEL}', id::text) FROM asked`,
      [id, ImageUri, accountId],
    );
    if (!invoker) throw new ServiceException("The image cannot be looked up: no invoker is running.");
    try {
      const until = clock.monotonicMs() + PATIENCE_MS;
      for (let waitMs = FIRST_POLL_MS; clock.monotonicMs() < until; waitMs = Math.min(waitMs * 2, LAST_POLL_MS)) {
        await clock.sleep(waitMs, signal);
        const [row] = await database.prepared<{ answer: ImageAnswer | null }>(
          "SELECT answer FROM image_requests WHERE id = $1",
          [id],
        );
        if (!row?.answer) continue;
        if (row.answer.kind !== "failed") return row.answer;
        throw new ServiceException(`The image cannot be looked up at the moment: ${row.answer.reason}`);
      }
      throw new ServiceException(`The image could not be looked up within ${PATIENCE_MS / 1000} s.`);
    } finally {
      await database.prepared("DELETE FROM image_requests WHERE id = $1", [id]);
    }
  }

  /** Takes the requests that no invoker is answering, oldest first. */
  async claim(): Promise<readonly ImageRequest[]> {
    const { database } = this.#deps;
    await database.prepared(
      "DELETE FROM image_requests WHERE requested_at < clock_timestamp() - $1 * interval '1 ms'",
      [FORGOTTEN_AFTER_MS],
    );
    return await database.prepared<ImageRequest>(
      `UPDATE image_requests SET claimed_at = clock_timestamp() WHERE id = ANY(ARRAY(
         SELECT id FROM image_requests
          WHERE answer IS NULL AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - $1 * interval '1 ms')
          ORDER BY requested_at LIMIT ${CLAIMED_AT_ONCE} FOR UPDATE SKIP LOCKED))
       RETURNING id, "ImageUri", account_id AS "accountId"`,
      [PATIENCE_MS],
    );
  }

  async answer(id: string, answer: ImageAnswer): Promise<void> {
    await this.#deps.database.prepared("UPDATE image_requests SET answer = $2 WHERE id = $1", [
      id,
      JSON.stringify(answer),
    ]);
  }
}
