import type { RuleTarget } from "@hearth/store";
import { parseJsonPath, valueAt } from "./jsonPath.ts";

type HttpParameters = NonNullable<RuleTarget["HttpParameters"]>;

/** The parameters of a request to an API destination: a value that is a JSON path is taken from the event. */
export function httpParameters(given: HttpParameters, event: unknown): HttpParameters {
  const { PathParameterValues, HeaderParameters, QueryStringParameters } = given;
  const all = (map: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, resolved(value, event)]));
  return {
    ...(PathParameterValues && { PathParameterValues: PathParameterValues.map((value) => resolved(value, event)) }),
    ...(HeaderParameters && { HeaderParameters: all(HeaderParameters) }),
    ...(QueryStringParameters && { QueryStringParameters: all(QueryStringParameters) }),
  };
}

function resolved(value: string, event: unknown): string {
  const path = value.startsWith("$.") ? parseJsonPath(value) : undefined;
  if (!path) return value;
  const found = valueAt(path, event);
  return typeof found === "string" ? found : (JSON.stringify(found) ?? "");
}
