import type { ApiContents, ApiRoute } from "@hearth/apis";
import type { MessageBody } from "./messageBody.ts";

const DEFAULT = "$default";
/** Keys with `$` in front are chosen by what happens to a connection, never by a message. */
const RESERVED = "$";

/**
 * The route that a message is for: the one whose key is the value of the API's route selection expression in its body, or `$default`. `undefined` when the
 * API has neither. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-develop-routes.html
 */
export function routeOfMessage({ api, routesByKey }: ApiContents, body: MessageBody): ApiRoute | undefined {
  const key = selected(api.routeSelectionExpression ?? "", body);
  const named = key === undefined || key.startsWith(RESERVED) ? undefined : routesByKey.get(key);
  return named ?? routesByKey.get(DEFAULT);
}

/** The value of `$request.body.a.b` or `${request.body.a.b}` in a JSON body; `undefined` when there is none, or it is no text. */
function selected(expression: string, body: MessageBody): string | undefined {
  const [, path] = /^\$\{?request\.body\.([A-Za-z0-9_.-]+)\}?$/.exec(expression) ?? [];
  const value = path === undefined ? undefined : body.at(path);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
