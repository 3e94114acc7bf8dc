import type { Item } from "@hearth/tables";

/** The same text for the same key, which was checked. */
export function keyText(key: Item): string {
  return JSON.stringify(
    Object.entries(key)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { S, N, B }]) => [name, S, N, B && Buffer.from(B).toString("base64")]),
  );
}
