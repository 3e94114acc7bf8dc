import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedule } from "./parseSchedule.ts";

/**
 * A slow reference: it walks through real time minute by minute, asks Intl what the clock on the wall shows, and keeps each wall time once.
 * It shares nothing with the code that it checks but the meaning of the fields.
 */
class Reference {
  readonly #format: Intl.DateTimeFormat;
  readonly #fields: readonly string[];

  constructor(fields: readonly string[], zone: string) {
    this.#fields = fields;
    this.#format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, hourCycle: "h23", weekday: "short" },
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    });
  }

  /** Moments after `afterMs` up to `untilMs`. It begins two days earlier, to know which wall times have been shown. */
  between(afterMs: number, untilMs: number): number[] {
    const shown = new Set<string>();
    const found: number[] = [];
    for (let at = Math.floor(afterMs / 60_000) * 60_000 - 2 * 86_400_000; at <= untilMs; at += 60_000) {
      const wall = this.#format.format(at);
      if (shown.has(wall)) continue;
      shown.add(wall);
      if (at > afterMs && this.#matches(at)) found.push(at);
    }
    return found;
  }

  #matches(at: number): boolean {
    const parts = Object.fromEntries(this.#format.formatToParts(at).map(({ type, value }) => [type, value]));
    const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(parts["weekday"]!) + 1;
    const [minutes, hours, dayOfMonth, months, dayOfWeek, years] = this.#fields as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return (
      matches(minutes, Number(parts["minute"]), 0, 59) &&
      matches(hours, Number(parts["hour"]), 0, 23) &&
      (dayOfMonth === "?" ||
        matchesDay(dayOfMonth, Number(parts["day"]), weekday, lengthOf(parts["year"]!, parts["month"]!))) &&
      matches(months, Number(parts["month"]), 1, 12) &&
      (dayOfWeek === "?" ||
        matchesWeekday(dayOfWeek, Number(parts["day"]), weekday, lengthOf(parts["year"]!, parts["month"]!))) &&
      matches(years, Number(parts["year"]), 1970, 2199)
    );
  }
}

const lengthOf = (year: string, month: string): number => new Date(Number(year), Number(month), 0).getDate();

function matches(field: string, value: number, lowest: number, highest: number): boolean {
  return field.split(",").some((item) => {
    const [span, step] = item.split("/");
    const [from, end] = span === "*" ? [lowest, highest] : (span!.split("-").map(Number) as [number, number?]);
    const to = end ?? (step === undefined ? from : highest);
    for (let at = from; at <= to; at += Number(step ?? 1)) if (at === value) return true;
    return false;
  });
}

function matchesDay(field: string, day: number, weekday: number, length: number): boolean {
  if (field === "L") return day === length;
  const nearest = /^(\d+)W$/.exec(field);
  if (!nearest) return matches(field, day, 1, 31);
  const wanted = Number(nearest[1]);
  if (wanted > length || weekday === 1 || weekday === 7) return false;
  if (day === wanted) return true;
  // Friday before a Saturday, Monday after a Sunday; at the ends of the month, the other direction
  if (weekday === 6 && day === wanted - 1) return true;
  if (weekday === 2 && day === wanted + 1) return true;
  if (weekday === 2 && wanted === 1 && day === 3) return true;
  return weekday === 6 && wanted === length && day === length - 2;
}

function matchesWeekday(field: string, day: number, weekday: number, length: number): boolean {
  const nth = /^(\d)#(\d)$/.exec(field);
  if (nth) return weekday === Number(nth[1]) && day > (Number(nth[2]) - 1) * 7 && day <= Number(nth[2]) * 7;
  const last = /^(\d)L$/.exec(field);
  if (last) return weekday === Number(last[1]) && day + 7 > length;
  return matches(field, weekday, 1, 7);
}

const number = (lowest: number, highest: number): fc.Arbitrary<string> =>
  fc.integer({ min: lowest, max: highest }).map(String);
const item = (lowest: number, highest: number): fc.Arbitrary<string> =>
  fc.oneof(
    number(lowest, highest),
    fc.tuple(number(lowest, highest), number(1, highest)).map(([from, step]) => `${from}/${step}`),
    fc
      .tuple(fc.integer({ min: lowest, max: highest }), fc.integer({ min: lowest, max: highest }))
      .map((ends) => `${Math.min(...ends)}-${Math.max(...ends)}`),
  );
const field = (lowest: number, highest: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant("*"),
    fc.array(item(lowest, highest), { minLength: 1, maxLength: 3 }).map((items) => items.join(",")),
  );
const days: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc
    .oneof(
      field(1, 31),
      fc.constant("L"),
      number(1, 31).map((day) => `${day}W`),
    )
    .map((day) => [day, "?"] as const),
  fc
    .oneof(
      field(1, 7),
      number(1, 7).map((day) => `${day}L`),
      fc.tuple(number(1, 7), number(1, 5)).map(([day, nth]) => `${day}#${nth}`),
    )
    .map((day) => ["?", day] as const),
);
/** Around days on which clocks are set, in zones that do it at other hours and by other amounts, and where none is. */
const places = fc.constantFrom(
  ["Europe/Berlin", "2027-03-27T20:00:00Z"],
  ["Europe/Berlin", "2026-10-24T20:00:00Z"],
  ["America/New_York", "2026-11-01T01:00:00Z"],
  ["America/St_Johns", "2027-03-14T00:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T08:00:00Z"],
  ["Australia/Lord_Howe", "2027-04-03T08:00:00Z"],
  ["Pacific/Apia", "2011-12-29T20:00:00Z"],
  ["Africa/Casablanca", "2027-02-06T20:00:00Z"],
  ["America/Santiago", "2027-04-03T20:00:00Z"],
  ["UTC", "2028-02-28T20:00:00Z"],
  ["Asia/Kathmandu", "2026-12-31T12:00:00Z"],
);

test("cron() occurs when a slow reference says, also around set clocks", () => {
  const fields = fc.tuple(field(0, 59), field(0, 23), days, field(1, 12), fc.constantFrom("*", "2011", "2026-2028"));
  fc.assert(
    fc.property(
      fields,
      places,
      fc.integer({ min: 0, max: 86_400 }),
      ([minutes, hours, [day, weekday], month, year], [zone, start], seconds) => {
        const parts = [minutes, hours, day, month, weekday, year];
        const schedule = parseSchedule(`cron(${parts.join(" ")})`, zone);
        const afterMs = Date.parse(start!) + seconds * 1000;
        const untilMs = afterMs + 36 * 3_600_000;
        const found: number[] = [];
        for (let at = schedule.next(afterMs); at !== undefined && at <= untilMs; at = schedule.next(at)) found.push(at);
        expect(found).toEqual(new Reference(parts, zone!).between(afterMs, untilMs));
      },
    ),
    { numRuns: 60 },
  );
});

test("whatever text comes, it is a schedule or refused, and a schedule's moments only go forward", () => {
  const signs = fc.constantFrom(...Array.from("0123456789*/?-,LW# MONFEB()"));
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: signs, maxLength: 60 }).map((inner) => `cron(${inner})`),
    fc
      .array(fc.string({ unit: signs, minLength: 1, maxLength: 5 }), { minLength: 6, maxLength: 6 })
      .map((parts) => `cron(${parts.join(" ")})`),
  );
  fc.assert(
    fc.property(text, (expression) => {
      let schedule;
      try {
        schedule = parseSchedule(expression, "Europe/Berlin");
      } catch (error) {
        expect(error).toHaveProperty("name", "InvalidScheduleError");
        return;
      }
      const first = schedule.next(0);
      if (first !== undefined) expect(schedule.next(first) ?? Infinity).toBeGreaterThan(first);
    }),
  );
});
