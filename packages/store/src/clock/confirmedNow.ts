/**
 * The database's time as far as it is confirmed, as SQL: not later than a minute after the clock was last looked at. By it an event becomes too old, so
 * that none does in the moment after a jump.
 */
export const CONFIRMED_NOW = "least(now(), (SELECT seen_at FROM clock_watch) + interval '60 s')";
