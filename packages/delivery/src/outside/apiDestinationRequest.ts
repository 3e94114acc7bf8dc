import { isOwnHeader } from "@hearth/outbound";
import { DeliveryRefused } from "../deliveryRefused.ts";
import type { ConnectionParameter, OpenApiDestination, TargetHttpParameters } from "./apiDestinationTypes.ts";

export interface ApiDestinationRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html: those that an owner cannot set. */
const FIXED_HEADERS = { "User-Agent": "Amazon/EventBridge/ApiDestinations", Range: "bytes=0-1048575" };
const CONTENT_TYPE = "application/json; charset=utf-8";
const WITHOUT_BODY = new Set(["GET", "HEAD"]);

/** The request of one event. What the connection sets replaces what the target sets. Throws DeliveryRefused when no URL results. */
export function apiDestinationRequest(
  destination: OpenApiDestination,
  target: TargetHttpParameters,
  event: Uint8Array,
  authorization: readonly ConnectionParameter[],
): ApiDestinationRequest {
  const { HttpMethod: method, connection } = destination;
  const ofConnection = connection.AuthParameters.InvocationHttpParameters ?? {};
  const headers = new Map<string, ConnectionParameter>([
    ["content-type", { Key: "Content-Type", Value: CONTENT_TYPE }],
  ]);
  const set = ({ Key, Value }: ConnectionParameter): void => {
    if (!isOwnHeader(Key)) headers.set(Key.toLowerCase(), { Key, Value });
  };
  for (const [Key, Value] of Object.entries(target.HeaderParameters ?? {})) set({ Key, Value });
  for (const parameter of ofConnection.HeaderParameters ?? []) set(parameter);
  for (const parameter of authorization) set(parameter);
  for (const [Key, Value] of Object.entries(FIXED_HEADERS)) set({ Key, Value });
  return {
    url: urlOf(destination.InvocationEndpoint, target, ofConnection.QueryStringParameters ?? []),
    method,
    headers: Object.fromEntries([...headers.values()].map(({ Key, Value }) => [Key, Value])),
    ...(!WITHOUT_BODY.has(method) && { body: withParameters(event, ofConnection.BodyParameters ?? []) }),
  };
}

function urlOf(endpoint: string, target: TargetHttpParameters, ofConnection: readonly ConnectionParameter[]): string {
  if (!URL.canParse(endpoint)) throw new DeliveryRefused("the invocation endpoint is not a URL", "INVALID_PARAMETER");
  const base = new URL(endpoint);
  const values = [...(target.PathParameterValues ?? [])];
  const path = base.pathname.replaceAll("*", () => {
    const value = values.shift();
    if (value === undefined) throw new DeliveryRefused("the target has too few path parameters", "INVALID_PARAMETER");
    return encodeURIComponent(value);
  });
  const url = new URL(base.origin);
  url.pathname = path;
  // A value from an event such as `..` would lead to another path.
  if (url.pathname !== path)
    throw new DeliveryRefused("a path parameter has a value that changes the path", "INVALID_PARAMETER");
  url.search = base.search;
  for (const [key, value] of Object.entries(target.QueryStringParameters ?? {})) url.searchParams.set(key, value);
  for (const { Key, Value } of ofConnection) url.searchParams.set(Key, Value);
  return url.href;
}

/** Parameters become members of the body where that is a JSON object. */
function withParameters(event: Uint8Array, parameters: readonly ConnectionParameter[]): Uint8Array {
  if (parameters.length === 0) return event;
  const body = jsonObject(event);
  if (!body) return event;
  return Buffer.from(
    JSON.stringify({ ...body, ...Object.fromEntries(parameters.map(({ Key, Value }) => [Key, Value])) }),
  );
}

function jsonObject(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
