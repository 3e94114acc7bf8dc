import type { ApiContents, ApiRoute } from "@hearth/apis";

const DEFAULT = "$default";
/** Keys with `$` in front are chosen by what happens to a connection, never by a message. */
const RESERVED = "$";

/**
 * The route that a message is for: the one whose key is the value of the API's route selection expression in its body, or `$default`. `undefined` when the
 * API has neither. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-develop-routes.html
 */
export function routeOfMessage({ api, routesByKey }: ApiContents, body: string): ApiRoute | undefined {
  const key = selected(api.routeSelectionExpression ?? "", body);
  const named = key === undefined || key.startsWith(RESERVED) ? undefined : routesByKey.get(key);
  return named ?? routesByKey.get(DEFAULT);
}

/** The value of `$request.body.a.b` or `${request.body.a.b}` in a JSON body; `undefined` when there is none, or it is no text. */
function selected(expression: string, body: string): string | undefined {
  const [, path] = /^\$\{?request\.body\.([A-Za-z0-9_.-]+)\}?$/.exec(expression) ?? [];
  if (path === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
