import { type CallContext, select, textAt } from "./selection.ts";

/** Headers that a mapping may not touch. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html */
const RESERVED =
  /^(?:access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-.*|via|host)$/;
const CHANGE = /^(append|overwrite|remove):(header|querystring|path|statuscode)(?:\.(.+))?$/;
const EXPRESSION = /\$\{([^}]+)\}/g;

/** Of one header, parameter or path: as all headers of a request together. */
const MAX_VALUE_LENGTH = 10_240;

export interface ParameterChange {
  readonly action: "append" | "overwrite" | "remove";
  readonly target: "header" | "querystring" | "path" | "statuscode";
  readonly name: string;
  readonly value: string;
}

/** The changes that parameters of an integration ask for; those whose value the request does not have, or has too long, are left out. */
export function changesOf(
  parameters: Readonly<Record<string, string>> | undefined,
  valueOf: (expression: string) => string | undefined,
): readonly ParameterChange[] {
  return Object.entries(parameters ?? {}).flatMap(([key, given]) => {
    const [, action, target, name = ""] = CHANGE.exec(key) ?? [];
    if (action === undefined || (target === "header" && RESERVED.test(name.toLowerCase()))) return [];
    const value = action === "remove" ? "" : mapped(given, valueOf);
    return value === undefined || value.length > MAX_VALUE_LENGTH
      ? []
      : [{ action, target, name, value } as ParameterChange];
  });
}

/** A value is one expression, text, or text with expressions in `${…}`. */
function mapped(given: string, valueOf: (expression: string) => string | undefined): string | undefined {
  if (given.startsWith("$") && !given.startsWith("${")) return valueOf(given);
  return given.replaceAll(EXPRESSION, (_, expression: string) => valueOf(`$${expression}`) ?? "");
}

export function requestChanges(
  parameters: Readonly<Record<string, string>> | undefined,
  context: CallContext,
  body: Uint8Array,
): readonly ParameterChange[] {
  return changesOf(parameters, (expression) => select(expression, context, body));
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array | null;
}

/** The answer of an integration as the mapping for its status changes it. */
export function mapAnswer(
  answer: Answer,
  mappings: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined,
  context: CallContext,
): { readonly status: number; readonly headers: Readonly<Record<string, string | string[]>> } {
  const parameters =
    mappings && Object.hasOwn(mappings, String(answer.status)) ? mappings[String(answer.status)] : undefined;
  if (!parameters) return answer;
  const headers: Record<string, string | string[]> = { ...answer.headers };
  let { status } = answer;
  for (const { action, target, name, value } of changesOf(parameters, (expression) =>
    ofAnswer(expression, answer, context),
  )) {
    const known = name.toLowerCase();
    if (target === "statuscode" && action === "overwrite" && /^[2-5]\d\d$/.test(value)) status = Number(value);
    if (target !== "header" || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(known) || /[\0\r\n]/.test(value)) continue;
    if (action === "remove") delete headers[known];
    else if (action === "overwrite") headers[known] = value;
    else headers[known] = [...[headers[known] ?? []].flat(), value];
  }
  return { status, headers };
}

function ofAnswer(expression: string, answer: Answer, context: CallContext): string | undefined {
  const [, kind, name = ""] = /^\$response\.(header|body)(?:\.(.+))?$/.exec(expression) ?? [];
  if (kind === "header") {
    const value = answer.headers[name.toLowerCase()];
    return value === undefined ? undefined : [value].flat().join(",");
  }
  if (kind === "body") return answer.body ? textAt(answer.body, name === "" ? undefined : name) : undefined;
  return select(expression, context);
}
