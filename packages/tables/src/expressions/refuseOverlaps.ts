import { type Path, shownPath } from "./ast.ts";
import { type ExpressionKind, expressionError } from "./expressionError.ts";

/** Throws AWS's error when one path lies within another, or two take one value for a map and for a list. */
export function refuseOverlaps(paths: readonly Path[], kind: ExpressionKind): void {
  for (const [at, one] of paths.entries()) {
    for (const other of paths.slice(at + 1)) {
      const length = Math.min(one.length, other.length);
      let common = 0;
      while (common < length && one[common] === other[common]) common++;
      const isWithin = common === length;
      const isContrary = common > 0 && !isWithin && typeof one[common] !== typeof other[common];
      if (!isWithin && !isContrary) continue;
      throw expressionError(
        kind,
        `Two document paths ${isWithin ? "overlap" : "conflict"} with each other; must remove or rewrite one of these paths; path one: ${shownPath(one)}, path two: ${shownPath(other)}`,
      );
    }
  }
}
