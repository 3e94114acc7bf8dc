/**
 * Orders two Debian versions: negative when `a` is older.
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
 */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  return (
    one.epoch - other.epoch || comparePart(one.upstream, other.upstream) || comparePart(one.revision, other.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Runs of other characters and of digits take turns. */
function comparePart(a: string, b: string): number {
  const [left, right] = [runsOf(a), runsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x = "", y = ""] = [left[i], right[i]];
    const difference = i % 2 === 0 ? compareText(x, y) : Number(x) - Number(y);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Other characters first, even if none. */
function runsOf(part: string): readonly string[] {
  const runs: string[] = part.match(/\D+|\d+/g) ?? [];
  return /^\d/.test(part) ? ["", ...runs] : runs;
}

function compareText(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = order(a[i]) - order(b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A tilde sorts before the end, the end before letters, letters before all else. */
function order(character: string | undefined): number {
  if (character === "~") return -1;
  if (character === undefined) return 0;
  const code = character.codePointAt(0) ?? 0;
  return /[a-z]/i.test(character) ? code : code + 256;
}
