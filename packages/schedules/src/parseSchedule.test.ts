import { expect, test } from "vitest";
import { InvalidScheduleError } from "./invalidScheduleError.ts";
import { parseRuleSchedule, parseSchedule, type Schedule } from "./parseSchedule.ts";
import { isTimeZone } from "./timeZone.ts";

const at = (text: string): number => Date.parse(text);

/** The next moments after `after`, as ISO text without seconds. */
function moments(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  let now = at(after);
  while (found.length < count) {
    const next = schedule.next(now);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    now = next;
  }
  return found;
}
const cron = (fields: string, after: string, count = 3, zone = "UTC"): string[] =>
  moments(parseSchedule(`cron(${fields})`, zone), after, count);

test("the examples of AWS's documentation occur when it says", () => {
  const from = "2026-11-29T00:00:00Z"; // a Sunday
  expect(cron("0 10 * * ? *", from, 2)).toEqual(["2026-11-29T10:00", "2026-11-30T10:00"]);
  expect(cron("15 12 * * ? *", from, 1)).toEqual(["2026-11-29T12:15"]);
  expect(cron("0 18 ? * MON-FRI *", from, 2)).toEqual(["2026-11-30T18:00", "2026-12-01T18:00"]);
  expect(cron("0 8 1 * ? *", from, 2)).toEqual(["2026-12-01T08:00", "2027-01-01T08:00"]);
  expect(cron("0/15 * * * ? *", from, 3)).toEqual(["2026-11-29T00:15", "2026-11-29T00:30", "2026-11-29T00:45"]);
  expect(cron("0/30 20-2 ? * MON-FRI *", from, 2)).toEqual(["2026-11-30T00:00", "2026-11-30T00:30"]);
  expect(cron("0/5 8-17 ? * MON-FRI *", "2026-11-30T17:50:00Z", 2)).toEqual(["2026-11-30T17:55", "2026-12-01T08:00"]);
  expect(cron("15 10 ? * 6L 2026-2027", from, 3)).toEqual(["2026-12-25T10:15", "2027-01-29T10:15", "2027-02-26T10:15"]);
  expect(cron("0 0 ? * 3#2 *", from, 2)).toEqual(["2026-12-08T00:00", "2027-01-12T00:00"]);
});

test("a moment is after the given one, to the millisecond", () => {
  const schedule = parseSchedule("cron(0 10 * * ? *)");
  expect(schedule.next(at("2026-11-29T10:00:00Z") - 1)).toBe(at("2026-11-29T10:00:00Z"));
  expect(schedule.next(at("2026-11-29T10:00:00Z"))).toBe(at("2026-11-30T10:00:00Z"));
});

test("L, W and LW name days from the end of the month and nearest weekdays", () => {
  expect(cron("0 0 L * ? *", "2028-01-01T00:00:00Z")).toEqual([
    "2028-01-31T00:00",
    "2028-02-29T00:00",
    "2028-03-31T00:00",
  ]);
  // 15 August 2026 is a Saturday, 15 November 2026 a Sunday
  expect(cron("0 0 15W 8,11,12 ? 2026", "2026-01-01T00:00:00Z")).toEqual([
    "2026-08-14T00:00",
    "2026-11-16T00:00",
    "2026-12-15T00:00",
  ]);
  // 1 August 2026 is a Saturday: the nearest weekday of the same month is the 3rd
  expect(cron("0 0 1W 8 ? 2026", "2026-01-01T00:00:00Z")).toEqual(["2026-08-03T00:00"]);
  // 31 May 2026 is a Sunday: the last weekday is the 29th, and 31W is the same day
  expect(cron("0 0 LW 5 ? 2026", "2026-01-01T00:00:00Z")).toEqual(["2026-05-29T00:00"]);
  expect(cron("0 0 31W 4,5 ? 2026", "2026-01-01T00:00:00Z")).toEqual(["2026-05-29T00:00"]);
  expect(cron("0 0 1,L 2 ? 2027", "2026-01-01T00:00:00Z")).toEqual(["2027-02-01T00:00", "2027-02-28T00:00"]);
  expect(cron("0 0 ? 12 L 2026", "2026-12-01T00:00:00Z", 2)).toEqual(["2026-12-05T00:00", "2026-12-12T00:00"]);
  expect(cron("0 0 ? * fri#5 *", "2026-11-29T00:00:00Z", 2)).toEqual(["2027-01-29T00:00", "2027-04-30T00:00"]);
});

test("an expression that never occurs says so, in bounded time", () => {
  const never = ["0 0 30 2 ? *", "0 0 31 4,6,9,11 ? *", "0 0 29 2 ? 2027,2029", "0 0 1 1 ? 1970", "0 0 31W 2 ? *"];
  for (const fields of never) expect(cron(fields, "2026-11-29T00:00:00Z")).toEqual([]);
  expect(cron("0 0 29 2 ? *", "2096-03-01T00:00:00Z", 1)).toEqual(["2104-02-29T00:00"]);
});

test("what is not a cron expression is refused with the field and the value", () => {
  const reasons: Record<string, string> = {
    "": "cron has six fields, not 0",
    "* * * * ?": "cron has six fields, not 5",
    "0 0 * * ? * *": "cron has six fields, not 7",
    "0 0 * * * *": "exactly one of Day-of-month and Day-of-week must be ?",
    "0 0 ? * ? *": "exactly one of Day-of-month and Day-of-week must be ?",
    "60 0 * * ? *": 'Minutes cannot be "60"',
    "0 24 * * ? *": 'Hours cannot be "24"',
    "0 0 0 * ? *": 'Day-of-month cannot be "0"',
    "0 0 32W * ? *": 'Day-of-month cannot be "32W"',
    "0 0 * 13 ? *": 'Month cannot be "13"',
    "0 0 * JANU ? *": 'Month cannot be "JANU"',
    "0 0 ? * 0 *": 'Day-of-week cannot be "0"',
    "0 0 ? * 8L *": 'Day-of-week cannot be "8L"',
    "0 0 ? * 2#6 *": 'Day-of-week cannot be "2#6"',
    "0 0 * * ? 1969": 'Year cannot be "1969"',
    "0 0 * * ? 2030-2029": 'Year cannot be "2030-2029"',
    "0/0 0 * * ? *": 'Minutes cannot be "0/0"',
    "0/60 0 * * ? *": 'Minutes cannot be "0/60"',
    "1/2/3 0 * * ? *": 'Minutes cannot be "1/2/3"',
    "1,,2 0 * * ? *": 'Minutes cannot be ""',
    "1-2-3 0 * * ? *": 'Minutes cannot be "1-2-3"',
    "? 0 * * ? *": 'Minutes cannot be "?"',
    "L 0 * * ? *": 'Minutes cannot be "L"',
  };
  for (const [fields, reason] of Object.entries(reasons)) {
    expect(() => parseSchedule(`cron(${fields})`)).toThrow(`cron(${fields}) is not a valid schedule: ${reason}`);
  }
});

test("rates and one-time schedules are read as AWS writes them, and nothing else", () => {
  const wrong = [
    ...["", "rate", "rate()", "rate(5)", "rate(0 minutes)", "rate(-1 minutes)", "rate(1.5 hours)", "rate(5 seconds)"],
    ...["rate(5 weeks)", "Rate(5 minutes)", "rate(5 minutes) ", "cron(0 0 * * ? *", "cron((0 0 * * ? *))"],
    ...[
      "at(2026-11-31T00:00:00)",
      "at(2026-11-20)",
      "at(2026-11-20T24:00:00)",
      "at(2026-11-20T13:00:00Z)",
      "at(20-11-2026T13:00:00)",
    ],
    `cron(${"0,".repeat(200)}0 0 * * ? *)`,
  ];
  for (const expression of wrong) expect(() => parseSchedule(expression), expression).toThrow(InvalidScheduleError);
  expect(() => parseSchedule("rate(1 day)", "Mars/Olympus")).toThrow("there is no time zone Mars/Olympus");
  for (const expression of ["rate(1 minute)", "rate(1 minutes)", "rate(5 hour)"]) parseSchedule(expression);
  for (const expression of ["rate(1 minutes)", "rate(5 hour)", "at(2026-11-20T13:00:00)"]) {
    expect(() => parseRuleSchedule(expression), expression).toThrow(InvalidScheduleError);
  }
  expect(parseRuleSchedule("cron(0 10 * * ? *)").next(0)).toBe(at("1970-01-01T10:00:00Z"));
});

test("a rate counts from its anchor, whatever time has passed", () => {
  const schedule = parseRuleSchedule("rate(5 minutes)");
  const anchor = at("2026-11-29T09:00:07.250Z");
  expect(schedule.next(anchor - 1, anchor)).toBe(anchor);
  expect(schedule.next(anchor, anchor)).toBe(anchor + 300_000);
  expect(schedule.next(anchor + 299_999, anchor)).toBe(anchor + 300_000);
  expect(schedule.next(anchor + 40 * 86_400_000 + 1, anchor)).toBe(anchor + 40 * 86_400_000 + 300_000);
  expect(schedule.next(anchor)).toBe(anchor + 300_000);
  expect(parseSchedule("rate(999999999999999999 days)").next(anchor, anchor - 1)).toBeUndefined();
});

test("a day of a rate is 24 hours, also when the clock is set", () => {
  const beforeSpring = at("2027-03-27T11:00:00Z");
  expect(parseSchedule("rate(1 day)", "Europe/Berlin").next(beforeSpring, beforeSpring)).toBe(
    at("2027-03-28T11:00:00Z"),
  );
});

test("cron() follows the clock on the wall of its time zone", () => {
  expect(cron("0 8 * * ? *", "2027-03-26T12:00:00Z", 3, "Europe/Berlin")).toEqual([
    "2027-03-27T07:00",
    "2027-03-28T06:00",
    "2027-03-29T06:00",
  ]);
  expect(cron("0 9 ? * 2 *", "2026-11-29T00:00:00Z", 1, "Asia/Kolkata")).toEqual(["2026-11-30T03:30"]);
  expect(cron("0 0 1 1 ? *", "2026-06-01T00:00:00Z", 1, "Pacific/Kiritimati")).toEqual(["2026-12-31T10:00"]);
});

test("a local time that the clock skips does not occur", () => {
  // In Berlin 02:00 to 03:00 does not exist on 28 March 2027
  expect(cron("30 2 * * ? *", "2027-03-26T12:00:00Z", 3, "Europe/Berlin")).toEqual([
    "2027-03-27T01:30",
    "2027-03-29T00:30",
    "2027-03-30T00:30",
  ]);
  expect(cron("0/20 2 28 3 ? 2027", "2027-01-01T00:00:00Z", 3, "Europe/Berlin")).toEqual([]);
  // Samoa skipped 30 December 2011 as a whole
  expect(cron("0 12 * * ? *", "2011-12-29T00:00:00Z", 2, "Pacific/Apia")).toEqual([
    "2011-12-29T22:00",
    "2011-12-30T22:00",
  ]);
});

test("a local time that the clock shows twice occurs once, the first time", () => {
  // In New York 01:00 to 02:00 comes twice on 1 November 2026
  expect(cron("30 1 * * ? *", "2026-10-31T12:00:00Z", 2, "America/New_York")).toEqual([
    "2026-11-01T05:30",
    "2026-11-02T06:30",
  ]);
  expect(cron("0/30 * * * ? *", "2026-11-01T04:45:00Z", 4, "America/New_York")).toEqual([
    ...["2026-11-01T05:00", "2026-11-01T05:30", "2026-11-01T07:00", "2026-11-01T07:30"],
  ]);
  expect(parseSchedule("cron(30 1 * * ? *)", "America/New_York").next(at("2026-11-01T06:10:00Z"))).toBe(
    at("2026-11-02T06:30:00Z"),
  );
});

test("a one-time schedule occurs once; a skipped time counts by the clock as it was before", () => {
  const schedule = parseSchedule("at(2026-11-20T13:00:00)", "America/New_York");
  expect(schedule.next(0)).toBe(at("2026-11-20T18:00:00Z"));
  expect(schedule.next(at("2026-11-20T18:00:00Z"))).toBeUndefined();
  expect(parseSchedule("at(2026-11-01T01:30:00)", "America/New_York").next(0)).toBe(at("2026-11-01T05:30:00Z"));
  expect(parseSchedule("at(2027-03-28T02:30:00)", "Europe/Berlin").next(0)).toBe(at("2027-03-28T01:30:00Z"));
});

test("time zones are IANA names", () => {
  for (const name of [
    "UTC",
    "Europe/Berlin",
    "America/Argentina/Buenos_Aires",
    "Etc/GMT+5",
    "Asia/Calcutta",
    "Asia/Kolkata",
  ]) {
    expect(isTimeZone(name), name).toBe(true);
  }
  for (const name of ["", "+05:00", "Berlin", "UTC+1", "Europe/Berlin ", "x".repeat(5000)]) {
    expect(isTimeZone(name), name).toBe(false);
  }
});
