import { isUtf8 } from "node:buffer";
import { parsedJson } from "@hearth/kit";
import { type CallContext, select } from "./selection.ts";

/**
 * A path into the body is looked up in its first 100 KB, which is JSON only for a body that is not longer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
 */
const MAX_SEARCHED_BYTES = 100 * 1024;
const OF_BODY = /^\$request\.body(?:\.(.+))?$/s;
const EXPRESSION = /\$\{([^}]+)\}/g;

/** The request has no value for a parameter of its integration. */
export class UnresolvedParameter extends Error {}

/** The parameters of an integration with the values of a request. Throws UnresolvedParameter. */
export function serviceParameters(
  parameters: Readonly<Record<string, string>>,
  context: CallContext,
  body: Uint8Array,
): Readonly<Record<string, string>> {
  let parsed: { readonly value: unknown } | undefined;
  const valueOf = (expression: string): string | undefined => {
    const found = OF_BODY.exec(expression);
    if (!found) return select(expression, context);
    const [, path] = found;
    if (path === undefined) return body.byteLength > 0 && isUtf8(body) ? textOf(body) : undefined;
    if (body.byteLength > MAX_SEARCHED_BYTES) return undefined;
    parsed ??= { value: parsedJson(body) };
    return memberAt(parsed.value, path);
  };
  const entries = Object.entries(parameters).map(([name, source]) => {
    const isExpression = source.startsWith("$") && !source.startsWith("${");
    const value = isExpression
      ? valueOf(source)
      : source.replaceAll(EXPRESSION, (_, expression: string) => valueOf(`$${expression}`) ?? "");
    if (value === undefined) {
      throw new UnresolvedParameter(
        `Unable to resolve property ${name} from source ${source}. Please make sure that the request has it.`,
      );
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** A path such as `detail.items[0].id`; no filters and no descent. */
function memberAt(value: unknown, path: string): string | undefined {
  let found = value;
  for (const name of path.replaceAll(/\[(\d{1,6})\]/g, ".$1").split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  if (found === null || found === undefined) return undefined;
  return typeof found === "string" ? found : JSON.stringify(found);
}
