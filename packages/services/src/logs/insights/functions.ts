import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { areEqual, compareValues, Moment, toNumber, toText, type Value } from "./values.ts";

interface QueryFunction {
  readonly least: number;
  readonly most: number;
  call(args: readonly Value[]): Value;
}

/** No text that a query makes is longer. */
const MAX_TEXT = 1_000_000;

function numeric(calculate: (value: number) => number): QueryFunction {
  return {
    least: 1,
    most: 1,
    call: ([value]) => {
      const result = calculate(toNumber(value));
      return Number.isFinite(result) ? result : undefined;
    },
  };
}

function textual(least: number, most: number, make: (args: readonly string[]) => Value): QueryFunction {
  return { least, most, call: (args) => (args[0] === undefined ? undefined : make(args.map(toText))) };
}

function extreme(sign: 1 | -1): QueryFunction {
  return {
    least: 1,
    most: 100,
    call: (args) => args.reduce((best, value) => (compareValues(value, best) * sign > 0 ? value : best)),
  };
}

function trimmed(text: string, chars: string | undefined, left: boolean, right: boolean): string {
  const isOut = (at: number): boolean =>
    chars === undefined ? /\s/.test(text.charAt(at)) : chars.includes(text.charAt(at));
  let start = 0;
  let end = text.length;
  if (left) while (start < end && isOut(start)) start++;
  if (right) while (end > start && isOut(end - 1)) end--;
  return text.slice(start, end);
}

function isInSubnet(text: string, subnet: string, version: 4 | 6 | undefined): boolean {
  const [net = "", prefix] = subnet.split("/");
  const kind = isIP(text);
  const bits = Number(prefix);
  if (kind === 0 || kind !== isIP(net) || (version !== undefined && kind !== version)) return false;
  if (!Number.isInteger(bits) || bits < 0 || bits > (kind === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const family = kind === 4 ? "ipv4" : "ipv6";
  list.addSubnet(net, bits, family);
  return list.check(text, family);
}

/** By name in lower case. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
export const FUNCTIONS: Readonly<Record<string, QueryFunction>> = Object.assign(Object.create(null) as object, {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  greatest: extreme(1),
  least: extreme(-1),
  frommillis: {
    least: 1,
    most: 1,
    call: ([value]: readonly Value[]) => {
      const ms = toNumber(value);
      return Number.isNaN(ms) ? undefined : new Moment(ms);
    },
  },
  tomillis: numeric((value) => value),
  ispresent: { least: 1, most: 1, call: ([value]: readonly Value[]) => value !== undefined },
  coalesce: { least: 1, most: 100, call: (args: readonly Value[]) => args.find((value) => value !== undefined) },
  isempty: { least: 1, most: 1, call: ([value]: readonly Value[]) => value === undefined || value === "" },
  isblank: { least: 1, most: 1, call: ([value]: readonly Value[]) => toText(value).trim() === "" },
  if: {
    least: 3,
    most: 3,
    call: ([test, yes, no]: readonly Value[]) => (areEqual(test, true) ? yes : no),
  },
  concat: textual(1, 100, (args) => args.join("").slice(0, MAX_TEXT)),
  strlen: textual(1, 1, ([text = ""]) => text.length),
  tolower: textual(1, 1, ([text = ""]) => text.toLowerCase()),
  toupper: textual(1, 1, ([text = ""]) => text.toUpperCase()),
  trim: textual(1, 2, ([text = "", chars]) => trimmed(text, chars, true, true)),
  ltrim: textual(1, 2, ([text = "", chars]) => trimmed(text, chars, true, false)),
  rtrim: textual(1, 2, ([text = "", chars]) => trimmed(text, chars, false, true)),
  substr: textual(2, 3, ([text = "", start, length]) => {
    const from = Math.max(0, Number(start));
    return length === undefined ? text.slice(from) : text.slice(from, from + Math.max(0, Number(length)));
  }),
  replace: textual(3, 3, ([text = "", part = "", other = ""]) =>
    part === "" ? text : text.split(part).join(other).slice(0, MAX_TEXT),
  ),
  strcontains: textual(2, 2, ([text = "", part = ""]) => (text.includes(part) ? 1 : 0)),
  isvalidip: textual(1, 1, ([text = ""]) => isIP(text) !== 0),
  isvalidipv4: textual(1, 1, ([text = ""]) => isIPv4(text)),
  isvalidipv6: textual(1, 1, ([text = ""]) => isIPv6(text)),
  isipinsubnet: textual(2, 2, ([text = "", subnet = ""]) => isInSubnet(text, subnet, undefined)),
  isipv4insubnet: textual(2, 2, ([text = "", subnet = ""]) => isInSubnet(text, subnet, 4)),
  isipv6insubnet: textual(2, 2, ([text = "", subnet = ""]) => isInSubnet(text, subnet, 6)),
} satisfies Record<string, QueryFunction>);
