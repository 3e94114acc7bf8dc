import type { ArrayElement } from "./eventFields.ts";

/** For one condition the places in arrays, from the outermost inwards, of the values that it accepts. */
export type Places = readonly (readonly ArrayElement[])[];

/**
 * Whether each condition can choose one of its places so that conditions about members of the same array agree on the element:
 * `{"a": {"x": [1], "y": [2]}}` matches `{"a": [{"x": 1, "y": 2}]}` and not `{"a": [{"x": 1}, {"y": 2}]}`.
 * Looks at each place once per level, so that it takes linear time.
 */
export function areConsistent(conditions: readonly Places[], depth = 0): boolean {
  const byArray = new Map<number, Places[]>();
  for (const places of conditions) {
    // A value outside of further arrays agrees with any choice.
    if (places.some((place) => place.length <= depth)) continue;
    const array = places[0]?.[depth]?.array;
    if (array === undefined) return false;
    const together = byArray.get(array);
    if (together) together.push(places);
    else byArray.set(array, [places]);
  }
  return [...byArray].every(([array, together]) => together.length < 2 || hasElement(together, array, depth));
}

function hasElement(conditions: readonly Places[], array: number, depth: number): boolean {
  const perElement = new Map<number, (readonly ArrayElement[])[][]>();
  for (const [i, places] of conditions.entries()) {
    for (const place of places) {
      const element = place[depth];
      if (element?.array !== array) continue;
      let chosen = perElement.get(element.index);
      if (!chosen) perElement.set(element.index, (chosen = conditions.map(() => [])));
      chosen[i]?.push(place);
    }
  }
  return [...perElement.values()].some(
    (chosen) => chosen.every((places) => places.length > 0) && areConsistent(chosen, depth + 1),
  );
}

/** The elements around a value, from the outermost inwards. */
export function placeOf(element: ArrayElement | undefined): readonly ArrayElement[] {
  const place: ArrayElement[] = [];
  for (let at = element; at; at = at.parent) place.push(at);
  return place.reverse();
}
