const DAY_MS = 86_400_000;
/** Names of zones: Europe/Berlin, Etc/GMT+5, America/Port-au-Prince. Intl takes offsets such as +05:00 too, AWS does not. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,49}$/;

export function isTimeZone(name: string): boolean {
  return timeZone(name) !== undefined;
}

/** Intl knows about 600 names, which bounds this map; a formatter takes much longer to make than to use. */
const known = new Map<string, TimeZone>();

/** The zone with this IANA name, or undefined when there is none. */
export function timeZone(name: string): TimeZone | undefined {
  if (!NAME.test(name)) return undefined;
  const key = name.toLowerCase();
  const found = known.get(key);
  if (found) return found;
  try {
    const zone = new TimeZone(name);
    known.set(key, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Wall times are milliseconds, as if the clock on the wall showed UTC. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | undefined;

  /** Throws RangeError when there is no such zone. */
  constructor(name: string) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    this.#format = format.resolvedOptions().timeZone === "UTC" ? undefined : format;
  }

  toWall(atMs: number): number {
    return atMs + this.#offsetAt(atMs);
  }

  /** When the wall shows this time for the first time; undefined when it never does because the clock was set forward over it. */
  firstMoment(wallMs: number): number | undefined {
    if (!this.#format) return wallMs;
    const moments = this.#candidates(wallMs).filter((moment) => this.toWall(moment) === wallMs);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** As firstMoment; a time that is skipped counts by the clock as it was before it was set forward. */
  momentOf(wallMs: number): number {
    return this.firstMoment(wallMs) ?? wallMs - this.#offsetAt(wallMs - DAY_MS);
  }

  /** No clock is ever set by more than a day (Samoa skipped one in 2011), so the offsets of the days around are all that count. */
  #candidates(wallMs: number): readonly number[] {
    return [wallMs - this.#offsetAt(wallMs - DAY_MS), wallMs - this.#offsetAt(wallMs + DAY_MS)];
  }

  #offsetAt(atMs: number): number {
    if (!this.#format) return 0;
    // "3/28/2027, GMT+02:00"; "GMT" alone for no offset; with seconds in old local times such as GMT-00:44:30
    const text = this.#format.format(atMs);
    const parts = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
    if (!parts) return 0;
    const seconds = Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0);
    return (parts[1] === "-" ? -seconds : seconds) * 1000;
  }
}
