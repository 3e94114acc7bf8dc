import type { LogsDeps } from "./deps.ts";

export const MAX_EVENTS = 10_000;

/** The last moment that a `Date` can hold. */
export const FOREVER = 8_640_000_000_000_000;

export type ReadDeps = Pick<LogsDeps, "groups" | "streams" | "chunks">;
