import { ValidationException } from "@hearth/model";
import type { OpenAuthParameters } from "@hearth/delivery";
import type { EventConnectionType } from "@hearth/store";

interface Parameter {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
  readonly IsValueSecret?: boolean | undefined;
}

interface HttpParameters {
  readonly HeaderParameters?: readonly Parameter[] | undefined;
  readonly QueryStringParameters?: readonly Parameter[] | undefined;
  readonly BodyParameters?: readonly Parameter[] | undefined;
}

/** Parameters of a connection as requests have them. */
export interface GivenAuthParameters {
  readonly BasicAuthParameters?:
    | { readonly Username?: string | undefined; readonly Password?: string | undefined }
    | undefined;
  readonly ApiKeyAuthParameters?:
    | { readonly ApiKeyName?: string | undefined; readonly ApiKeyValue?: string | undefined }
    | undefined;
  readonly OAuthParameters?:
    | {
        readonly ClientParameters?:
          | { readonly ClientID?: string | undefined; readonly ClientSecret?: string | undefined }
          | undefined;
        readonly AuthorizationEndpoint?: string | undefined;
        readonly HttpMethod?: "GET" | "POST" | "PUT" | undefined;
        readonly OAuthHttpParameters?: HttpParameters | undefined;
      }
    | undefined;
  readonly InvocationHttpParameters?: HttpParameters | undefined;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ConnectionBodyParameter.html */
export const MAX_HTTP_PARAMETERS_BYTES = 65_536;

const MEMBER_OF = {
  BASIC: "BasicAuthParameters",
  API_KEY: "ApiKeyAuthParameters",
  OAUTH_CLIENT_CREDENTIALS: "OAuthParameters",
} as const;

/** The parameters after an update; without `present` those of a new connection. Throws AWS's error when some are missing. */
export function mergeAuthParameters(
  type: EventConnectionType,
  given: GivenAuthParameters,
  present: GivenAuthParameters = {},
): GivenAuthParameters {
  const member = MEMBER_OF[type];
  const merged: GivenAuthParameters = {
    [member]: merge(present[member], given[member]),
    InvocationHttpParameters: given.InvocationHttpParameters ?? present.InvocationHttpParameters,
  };
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = merged;
  const required: Readonly<Record<string, unknown>> =
    type === "BASIC"
      ? { Username: basic?.Username, Password: basic?.Password }
      : type === "API_KEY"
        ? { ApiKeyName: key?.ApiKeyName, ApiKeyValue: key?.ApiKeyValue }
        : {
            ClientID: oauth?.ClientParameters?.ClientID,
            ClientSecret: oauth?.ClientParameters?.ClientSecret,
            AuthorizationEndpoint: oauth?.AuthorizationEndpoint,
            HttpMethod: oauth?.HttpMethod,
          };
  const missing = Object.keys(required).find((name) => required[name] === undefined);
  if (missing !== undefined)
    throw new ValidationException(`Parameter(s) ${missing} must be specified for the authorization type ${type}.`);
  checkSize(type, oauth?.OAuthHttpParameters, merged.InvocationHttpParameters);
  return merged;
}

/** AWS counts the parameters of a connection towards what it sends, which is 64 KB at most. */
function checkSize(type: EventConnectionType, ...all: readonly (HttpParameters | undefined)[]): void {
  for (const parameters of all) {
    if (parameters && Buffer.byteLength(JSON.stringify(parameters)) > MAX_HTTP_PARAMETERS_BYTES)
      throw new ValidationException(
        `The HTTP parameters of a connection of the authorization type ${type} must not exceed ${MAX_HTTP_PARAMETERS_BYTES} bytes.`,
      );
  }
}

function merge<T extends object>(present: T | undefined, given: T | undefined): T | undefined {
  if (!present || !given) return given ?? present;
  const merged = { ...present } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    merged[name] = name === "ClientParameters" ? { ...(merged[name] as object), ...(value as object) } : value;
  }
  return merged as T;
}

/** What DescribeConnection answers: no secret. */
export function shownAuthParameters(parameters: GivenAuthParameters): GivenAuthParameters {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = parameters;
  return {
    ...(basic && { BasicAuthParameters: { Username: basic.Username } }),
    ...(key && { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } }),
    ...(oauth && {
      OAuthParameters: {
        ...oauth,
        ClientParameters: { ClientID: oauth.ClientParameters?.ClientID },
        OAuthHttpParameters: shownHttp(oauth.OAuthHttpParameters),
      },
    }),
    ...(parameters.InvocationHttpParameters && {
      InvocationHttpParameters: shownHttp(parameters.InvocationHttpParameters),
    }),
  };
}

function shownHttp(http: HttpParameters | undefined): HttpParameters | undefined {
  if (!http) return undefined;
  const entries = Object.entries(http).map(([name, list]) => [
    name,
    (list as readonly Parameter[] | undefined)?.map(({ Value, ...parameter }) =>
      parameter.IsValueSecret ? parameter : { ...parameter, Value },
    ),
  ]);
  return Object.fromEntries(entries) as HttpParameters;
}

/** As requests to endpoints use them. They were complete when they were stored. */
export function openAuthParameters(stored: string): OpenAuthParameters {
  return JSON.parse(stored) as OpenAuthParameters;
}
