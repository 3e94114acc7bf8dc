import { DEFAULT_ROUTE, parseRouteKey, type RouteKey } from "./routeKey.ts";

interface Node<Route> {
  readonly texts: Map<string, Node<Route>>;
  variable: Node<Route> | undefined;
  /** By method. */
  readonly routes: Map<string, Found<Route>>;
  /** Routes whose greedy variable begins here, by method. */
  readonly greedy: Map<string, Found<Route>>;
}

interface Found<Route> {
  readonly route: Route;
  readonly key: RouteKey;
}

export interface RouteMatch<Route> {
  readonly route: Route;
  /** Values of the variables in the path, as the request has them: escapes are kept. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * The routes of an HTTP API as a tree of path segments. A look-up follows the path once: text before a variable, a variable before a greedy one, a
 * method before ANY, and `$default` last. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export class RouteTable<Route> {
  readonly #root: Node<Route> = newNode();
  readonly #default: Route | undefined;

  /** Keys that are no route keys are left out. */
  constructor(routes: Iterable<readonly [key: string, route: Route]>) {
    for (const [text, route] of routes) {
      if (text === DEFAULT_ROUTE) this.#default = route;
      const key = parseRouteKey(text);
      if (key) this.#add(key, route);
    }
  }

  #add(key: RouteKey, route: Route): void {
    let node = this.#root;
    for (const segment of key.segments) {
      if (segment.kind === "greedy") {
        node.greedy.set(key.method, { route, key });
        return;
      }
      if (segment.kind === "variable") {
        node = node.variable ??= newNode();
        continue;
      }
      const next = node.texts.get(segment.text) ?? newNode();
      node.texts.set(segment.text, next);
      node = next;
    }
    node.routes.set(key.method, { route, key });
  }

  /** `path` begins with `/` and has no query. */
  find(method: string, path: string): RouteMatch<Route> | undefined {
    const segments = path === "/" || path === "" ? [] : path.slice(1).split("/");
    const found = search(this.#root, segments, 0, method);
    if (found) return { route: found.route, pathParameters: parametersOf(found.key, segments) };
    return this.#default === undefined ? undefined : { route: this.#default, pathParameters: {} };
  }

  /** Whether any route other than `$default` takes this method of the path; tells preflight requests of browsers from requests for a route. */
  hasOwn(method: string, path: string): boolean {
    const segments = path === "/" || path === "" ? [] : path.slice(1).split("/");
    return search(this.#root, segments, 0, method)?.key.method === method;
  }
}

function newNode<Route>(): Node<Route> {
  return { texts: new Map(), variable: undefined, routes: new Map(), greedy: new Map() };
}

/** Visits each node at most once, because a node has one path from the root. */
function search<Route>(
  node: Node<Route>,
  segments: readonly string[],
  at: number,
  method: string,
): Found<Route> | undefined {
  const segment = segments[at];
  if (segment === undefined) return byMethod(node.routes, method);
  const text = node.texts.get(segment);
  const found =
    (text && search(text, segments, at + 1, method)) ??
    (node.variable && segment !== "" ? search(node.variable, segments, at + 1, method) : undefined);
  return found ?? (segment === "" && at === segments.length - 1 ? undefined : byMethod(node.greedy, method));
}

function byMethod<Route>(routes: ReadonlyMap<string, Found<Route>>, method: string): Found<Route> | undefined {
  return routes.get(method) ?? routes.get("ANY");
}

function parametersOf({ segments: keys }: RouteKey, segments: readonly string[]): Readonly<Record<string, string>> {
  const parameters: [string, string][] = [];
  for (const [index, key] of keys.entries()) {
    if (key.kind === "variable") parameters.push([key.name, segments[index] ?? ""]);
    if (key.kind === "greedy") parameters.push([key.name, segments.slice(index).join("/")]);
  }
  return Object.fromEntries(parameters);
}
