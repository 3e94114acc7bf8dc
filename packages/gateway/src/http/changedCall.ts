import type { HeaderLine } from "../httpRequest.ts";
import { queryParameters } from "../queryParameters.ts";
import type { HttpCall } from "./httpCall.ts";
import type { ParameterChange } from "./parameterMapping.ts";

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * A call as the function of its integration gets it: with the headers, the query and the path that the integration's request parameters ask for.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
 */
export function changedCall(call: HttpCall, changes: readonly ParameterChange[]): HttpCall {
  if (changes.length === 0) return call;
  let headers: readonly HeaderLine[] = call.request.headers;
  let query = queryParameters(call.request.query);
  let { path, fullPath } = call;
  for (const { action, target, name, value } of changes) {
    if (target === "path" && action === "overwrite") path = fullPath = value.startsWith("/") ? value : `/${value}`;
    if (target === "header") headers = changedLines(headers, action, name.toLowerCase(), value);
    if (target !== "querystring") continue;
    if (action !== "append") query = query.filter(([known]) => known !== name);
    if (action !== "remove") query.push([name, value]);
  }
  const text = query.map((pair) => pair.map((one) => encodeURIComponent(one.toWellFormed())).join("=")).join("&");
  return { ...call, path, fullPath, request: call.request.with(headers, text) };
}

function changedLines(
  lines: readonly HeaderLine[],
  action: ParameterChange["action"],
  name: string,
  value: string,
): readonly HeaderLine[] {
  if (!NAME.test(name)) return lines;
  const kept = action === "append" ? lines : lines.filter(([known]) => known !== name);
  return action === "remove" ? kept : [...kept, [name, value]];
}
