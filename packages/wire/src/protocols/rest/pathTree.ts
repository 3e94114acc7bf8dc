import type { RawRequest } from "../../rawRequest.ts";
import { queryPairs } from "../../rawRequest.ts";

/** What a request's path and query select. */
export interface Match<Route> {
  readonly route: Route;
  /** The raw values of the template's labels, in order. */
  readonly labels: readonly string[];
  readonly query: readonly [string, string][] | undefined;
}

interface Entry<Route> {
  readonly route: Route;
  readonly fixedQuery: readonly (readonly [string, string])[];
  readonly when: RouteCondition;
  /** How many conditions the entry has. */
  readonly rank: number;
}

/** What a request must have, whatever its value. */
export interface RouteCondition {
  readonly header?: string;
  readonly query?: readonly string[];
}

class PathNode<Route> {
  readonly literals = new Map<string, PathNode<Route>>();
  label: PathNode<Route> | undefined;
  /** For a label that takes the rest of the path: `{Key+}`. */
  rest: PathNode<Route> | undefined;
  /** By method, those with more conditions first. */
  readonly entries = new Map<string, Entry<Route>[]>();
}

/** Routes by method and path template, as a tree of path segments. Segments are split before they are decoded. */
export class PathTree<Route> {
  readonly #root = new PathNode<Route>();

  /** `makeRoute` gets the names of the labels of the template, in order. */
  add(
    method: string,
    template: string,
    makeRoute: (labels: readonly string[]) => Route,
    when: RouteCondition = {},
  ): void {
    const [path = "", fixed = ""] = template.split("?");
    const labels: string[] = [];
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment.endsWith("+}")) {
        labels.push(segment.slice(1, -2));
        node = node.rest ??= new PathNode();
      } else if (segment.startsWith("{")) {
        labels.push(segment.slice(1, -1));
        node = node.label ??= new PathNode();
      } else {
        let next = node.literals.get(segment);
        if (!next) node.literals.set(segment, (next = new PathNode()));
        node = next;
      }
    }
    const entries = node.entries.get(method) ?? [];
    const fixedQuery = queryPairs(fixed);
    const rank = fixedQuery.length + (when.query?.length ?? 0) + (when.header === undefined ? 0 : 1);
    entries.push({ route: makeRoute(labels), fixedQuery, when, rank });
    entries.sort((a, b) => b.rank - a.rank);
    node.entries.set(method, entries);
  }

  find({ method, path, search, headers }: RawRequest): Match<Route> | undefined {
    const labels: string[] = [];
    const segments = segmentsOf(path);
    let node: PathNode<Route> | undefined = this.#root;
    let greedy: { readonly node: PathNode<Route>; readonly labels: readonly string[] } | undefined;
    for (let i = 0; i < segments.length && node; i++) {
      const segment = segments[i] as string;
      if (node.rest) greedy = { node: node.rest, labels: [...labels, restOf(path, segments, i)] };
      const literal: PathNode<Route> | undefined = node.literals.get(segment);
      if (literal) {
        node = literal;
        continue;
      }
      if (node.label && segment !== "") labels.push(segment);
      node = segment === "" ? undefined : node.label;
    }
    const query = search === "" ? undefined : queryPairs(search);
    const entry = node && entryOf(node, method, query, headers);
    if (entry) return { route: entry.route, labels, query };
    const other = greedy && entryOf(greedy.node, method, query, headers);
    return greedy && other && { route: other.route, labels: greedy.labels, query };
  }
}

function entryOf<Route>(
  node: PathNode<Route>,
  method: string,
  query: readonly [string, string][] | undefined,
  headers: RawRequest["headers"],
): Entry<Route> | undefined {
  return node.entries
    .get(method)
    ?.find(
      ({ fixedQuery, when }) =>
        fixedQuery.every(([name, value]) => query?.some(([n, v]) => n === name && v === value)) &&
        (when.query ?? []).every((name) => query?.some(([n]) => n === name)) &&
        (when.header === undefined || headers[when.header] !== undefined),
    );
}

/** Segments of a path without its leading slash; one trailing slash means nothing (older models of AWS have it). */
function segmentsOf(path: string): string[] {
  return path.slice(1, path.length > 1 && path.endsWith("/") ? -1 : undefined).split("/");
}

/** The raw path from segment `index` on, with its trailing slash. */
function restOf(path: string, segments: readonly string[], index: number): string {
  const before = segments.slice(0, index).reduce((length, segment) => length + segment.length + 1, 1);
  return path.slice(before);
}
