import type { Scalar } from "./passesTest.ts";

/** Which element of which array of the event a value lies in; the outer arrays are its parents. */
export interface ArrayElement {
  readonly parent: ArrayElement | undefined;
  /** The number of this array among all arrays of the event. */
  readonly array: number;
  readonly index: number;
  /** The number of arrays that it lies in. */
  readonly depth: number;
}

export interface FieldValue {
  readonly value: Scalar;
  readonly element: ArrayElement | undefined;
}

/** A name on the way to fields that patterns name. */
interface PathNode {
  readonly children: Map<string, PathNode>;
  field: number | undefined;
}

interface Visit {
  readonly node: PathNode;
  readonly value: unknown;
  readonly element: ArrayElement | undefined;
}

/** The fields that a set of patterns names, each with a number; finds their values in events. */
export class EventFields {
  readonly #root: PathNode = { children: new Map(), field: undefined };
  #count = 0;

  get count(): number {
    return this.#count;
  }

  numberOf(path: string): number {
    let node = this.#root;
    for (const name of path.split(".")) {
      let child = node.children.get(name);
      if (!child) node.children.set(name, (child = { children: new Map(), field: undefined }));
      node = child;
    }
    return (node.field ??= this.#count++);
  }

  /**
   * The values that `event` has for each field, by its number. Objects and empty arrays are no values. An array stands for its elements.
   * Parts of the event that no pattern names are not looked at.
   */
  valuesIn(event: unknown): ReadonlyMap<number, readonly FieldValue[]> {
    const found = new Map<number, FieldValue[]>();
    let arrays = 0;
    // A stack of its own: an event may be nested deeper than the call stack is.
    const visits: Visit[] = [{ node: this.#root, value: event, element: undefined }];
    for (let visit = visits.pop(); visit; visit = visits.pop()) {
      const { node, value, element } = visit;
      if (Array.isArray(value)) {
        const array = arrays++;
        const depth = depthOf(element) + 1;
        for (let index = value.length - 1; index >= 0; index--)
          visits.push({ node, value: value[index], element: { parent: element, array, index, depth } });
      } else if (typeof value === "object" && value !== null) pushMembers(visits, node, value, element);
      else if (node.field !== undefined) {
        const values = found.get(node.field);
        if (values) values.push({ value: value as Scalar, element });
        else found.set(node.field, [{ value: value as Scalar, element }]);
      }
    }
    return found;
  }
}

export function depthOf(element: ArrayElement | undefined): number {
  return element?.depth ?? 0;
}

function pushMembers(visits: Visit[], node: PathNode, value: object, element: ArrayElement | undefined): void {
  if (node.children.size === 0) return;
  for (const [name, member] of Object.entries(value)) {
    let child = node.children.get(name);
    // The name "a.b" is the same as "b" inside "a".
    if (!child && name.includes(".")) {
      child = node;
      for (const part of name.split(".")) child = child?.children.get(part);
    }
    if (child) visits.push({ node: child, value: member, element });
  }
}
