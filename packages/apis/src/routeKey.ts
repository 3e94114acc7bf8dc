/** Methods in route keys of HTTP APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
export const ROUTE_METHODS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;
export const DEFAULT_ROUTE = "$default";

export type Segment =
  | { readonly kind: "text"; readonly text: string }
  /** `{name}` stands for one segment, `{name+}` for one or more. */
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "greedy"; readonly name: string };

/** What a route key such as `GET /pets/{id}` says. */
export interface RouteKey {
  readonly method: (typeof ROUTE_METHODS)[number];
  readonly segments: readonly Segment[];
}

const VARIABLE = /^\{([A-Za-z0-9._:-]+)(\+?)\}$/;
const TEXT = /^[^{}\s?#]*$/;

/** Reads the key of a route other than `$default`; `undefined` when it is no such key. */
export function parseRouteKey(key: string): RouteKey | undefined {
  const space = key.indexOf(" ");
  const method = ROUTE_METHODS.find((one) => one === key.slice(0, space));
  const segments = parsePath(key.slice(space + 1));
  return method && segments && { method, segments };
}

/** Reads a path such as `/pets/{id}`; `undefined` when it is wrong: a greedy variable must be last, and no name may occur twice. */
export function parsePath(path: string): readonly Segment[] | undefined {
  if (!path.startsWith("/")) return undefined;
  const texts = path === "/" ? [] : path.slice(1).split("/");
  const segments: Segment[] = [];
  for (const [index, text] of texts.entries()) {
    const [, name, plus] = VARIABLE.exec(text) ?? [];
    if (name === undefined) {
      if (text === "" ? index < texts.length - 1 : !TEXT.test(text)) return undefined;
      segments.push({ kind: "text", text });
    } else {
      const isGreedy = plus === "+";
      if (isGreedy && index < texts.length - 1) return undefined;
      if (segments.some((other) => other.kind !== "text" && other.name === name)) return undefined;
      segments.push({ kind: isGreedy ? "greedy" : "variable", name });
    }
  }
  return segments;
}
