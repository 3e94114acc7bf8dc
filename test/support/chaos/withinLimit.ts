import { SystemClock } from "@hearth/kit";

/** For the function, the queues and the mapping of a path, while those of all others are made. */
export const MAKE_PATH_MS = 90_000;
const clock = new SystemClock();

/** Rejects when `work` is not done within `limitMs`, and names it: a test that only times out does not say what it waited for. */
export async function withinLimit<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  using _limit = clock.after(limitMs, () => late.reject(new Error(`${what}: not done within ${limitMs} ms`)));
  return await Promise.race([work, late.promise]);
}
