import { type AttributeValue, emptyItem, type Item } from "../attributeValue.ts";
import type { Path } from "./ast.ts";

/** The parts of an item at the given paths. Members of lists move together, in their order. */
export function project(item: Item, paths: readonly Path[]): Record<string, AttributeValue> {
  return selected({ M: item }, paths)?.M ?? emptyItem();
}

function selected(
  value: AttributeValue,
  paths: readonly (readonly (string | number)[])[],
): (AttributeValue & { M?: Record<string, AttributeValue> }) | undefined {
  if (paths.some((path) => path.length === 0)) return value as AttributeValue & { M?: Record<string, AttributeValue> };
  const byPart = Map.groupBy(paths, ([part]) => part as string | number);
  if (value.M) {
    const found = emptyItem();
    for (const [part, inner] of byPart) {
      const member = typeof part === "string" && Object.hasOwn(value.M, part) ? value.M[part] : undefined;
      const chosen =
        member &&
        selected(
          member,
          inner.map(([, ...rest]) => rest),
        );
      if (chosen && typeof part === "string") found[part] = chosen;
    }
    return Object.keys(found).length > 0 ? { M: found } : undefined;
  }
  if (value.L) {
    const list = value.L;
    const found = [...byPart]
      .flatMap(([part, inner]) => (typeof part === "number" && list[part] ? [[part, list[part], inner] as const] : []))
      .toSorted(([a], [b]) => a - b)
      .flatMap(
        ([, member, inner]) =>
          selected(
            member,
            inner.map(([, ...rest]) => rest),
          ) ?? [],
      );
    return found.length > 0 ? { L: found } : undefined;
  }
  return undefined;
}
