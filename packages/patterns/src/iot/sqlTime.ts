const MAX_PATTERN = 100;
const MAX_MS = 8.64e15;

interface Zoned {
  readonly parts: Readonly<Record<string, string>>;
  readonly epochMs: number;
  readonly timeZone: string;
}

/**
 * Formats milliseconds since the epoch by a pattern of Joda-Time such as `yyyy-MM-dd'T'HH:mm:ss.SSSZ`. `undefined` for a pattern, time or zone that is
 * not understood.
 */
export function formatTime(pattern: string, epochMs: number, timeZone: string): string | undefined {
  if (pattern.length > MAX_PATTERN || !(Math.abs(epochMs) <= MAX_MS)) return undefined;
  const zoned = zonedTime(epochMs, timeZone);
  if (!zoned) return undefined;
  let result = "";
  for (let at = 0; at < pattern.length;) {
    const letter = pattern[at] ?? "";
    if (letter === "'") {
      const end = pattern.indexOf("'", at + 1);
      if (end < 0) return undefined;
      result += end === at + 1 ? "'" : pattern.slice(at + 1, end);
      at = end + 1;
      continue;
    }
    let end = at + 1;
    while (pattern[end] === letter) end++;
    const field = /[a-z]/i.test(letter) ? fieldOf(letter, end - at, zoned) : pattern.slice(at, end);
    if (field === undefined) return undefined;
    result += field;
    at = end;
  }
  return result;
}

function zonedTime(epochMs: number, timeZone: string): Zoned | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      weekday: "long",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      timeZoneName: "short",
    });
    const parts = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    return { parts, epochMs, timeZone };
  } catch {
    return undefined; // the zone does not exist
  }
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

function fieldOf(letter: string, width: number, { parts, epochMs, timeZone }: Zoned): string | undefined {
  const number = (name: string): number => Number(parts[name]);
  const padded = (value: number): string => String(value).padStart(width, "0");
  const hour = number("hour") % 24;
  switch (letter) {
    case "G":
      return parts["era"] === "A" || parts["era"] === "AD" ? "AD" : "BC";
    case "y":
    case "Y":
      return width === 2 ? String(number("year") % 100).padStart(2, "0") : padded(number("year"));
    case "M":
      if (width < 3) return padded(number("month"));
      return width === 3 ? MONTHS[number("month") - 1]?.slice(0, 3) : MONTHS[number("month") - 1];
    case "d":
      return padded(number("day"));
    case "D": {
      const ofYear = Date.UTC(number("year"), number("month") - 1, number("day")) - Date.UTC(number("year"), 0, 1);
      return padded(ofYear / 86_400_000 + 1);
    }
    case "E":
      return width < 4 ? parts["weekday"]?.slice(0, 3) : parts["weekday"];
    case "a":
      return hour < 12 ? "AM" : "PM";
    case "H":
      return padded(hour);
    case "k":
      return padded(hour === 0 ? 24 : hour);
    case "K":
      return padded(hour % 12);
    case "h":
      return padded(hour % 12 === 0 ? 12 : hour % 12);
    case "m":
      return padded(number("minute"));
    case "s":
      return padded(number("second"));
    case "S":
      return String(((epochMs % 1000) + 1000) % 1000)
        .padStart(3, "0")
        .slice(0, width)
        .padEnd(width, "0");
    case "z":
      return parts["timeZoneName"];
    case "Z":
      return width > 2 ? timeZone : offsetOf(epochMs, parts, width === 2);
    default:
      return undefined;
  }
}

/** Such as `-0600`, or `-06:00`. */
function offsetOf(epochMs: number, parts: Readonly<Record<string, string>>, hasColon: boolean): string {
  const [year, month, day, hour, minute] = ["year", "month", "day", "hour", "minute"].map((name) =>
    Number(parts[name]),
  );
  const local = Date.UTC(year ?? 0, (month ?? 1) - 1, day, (hour ?? 0) % 24, minute);
  const minutes = Math.round((local - Math.floor(epochMs / 60_000) * 60_000) / 60_000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(size / 60)}${hasColon ? ":" : ""}${two(size % 60)}`;
}
