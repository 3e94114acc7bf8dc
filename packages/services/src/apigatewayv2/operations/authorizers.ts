import { BadRequestException, ConflictException } from "../errors.ts";
import { functionArnIn } from "../lambdaUri.ts";
import { type PartNoun, partOperations, type Settings } from "../partOperations.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const QUOTA = 10;
const DEFAULT_TTL_SECONDS = 300;

interface AuthorizerDocument extends Settings {
  readonly authorizerType: string;
  readonly authorizerUri?: string;
  readonly authorizerPayloadFormatVersion?: string;
  readonly authorizerResultTtlInSeconds?: number;
  readonly enableSimpleResponses?: boolean;
  readonly identitySource?: readonly string[];
  readonly jwtConfiguration?: { readonly audience?: readonly string[]; readonly issuer?: string };
}

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html */
export const authorizer: PartNoun = {
  noun: "Authorizer",
  kind: "authorizer",
  idMember: "authorizerId",
  path: "authorizers",
  members: words.authorizerMembers,
  required: ["authorizerType", "name"],
  quota: () => QUOTA,
  complete: async (edit, given, authorizerId) => {
    const settings = given as AuthorizerDocument;
    const isWebSocket = edit.api.protocol === "WEBSOCKET";
    const twin = (await edit.all("authorizer")).find(
      ({ partId, settings: other }) => partId !== authorizerId && other["name"] === settings["name"],
    );
    if (twin)
      throw new BadRequestException("Authorizer name must be unique. Authorizer with the same name already exists");
    for (const source of settings.identitySource ?? []) checkSource(source, isWebSocket);
    if (settings.authorizerType === "JWT") {
      if (isWebSocket) throw new BadRequestException("JWT authorizers are not supported for WEBSOCKET APIs");
      return jwtAuthorizer(settings);
    }
    return isWebSocket ? lambdaAuthorizer(settings) : { ...lambdaAuthorizer(settings), ...httpApiMembers(settings) };
  },
  checkUnused: async (edit, authorizerId) => {
    const user = (await edit.all("route")).find(({ settings }) => settings["authorizerId"] === authorizerId);
    if (user) {
      throw new ConflictException(
        `Cannot delete authorizer '${authorizerId}', is referenced in route: ${String(user.settings["routeKey"])}`,
      );
    }
  },
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
function jwtAuthorizer(settings: AuthorizerDocument): Settings {
  const { audience, issuer = "" } = settings.jwtConfiguration ?? {};
  if (settings.identitySource?.length !== 1) {
    throw new BadRequestException("A JWT authorizer must have exactly one identity source");
  }
  if (!audience?.length) throw new BadRequestException("Audience list must have at least one entry");
  if (!/^https?:\/\//.test(issuer) || !URL.canParse(issuer)) {
    throw new BadRequestException(`Invalid issuer: ${issuer}. Issuer must be a valid URL`);
  }
  return settings;
}

function lambdaAuthorizer(settings: AuthorizerDocument): AuthorizerDocument {
  const { authorizerUri = "" } = settings;
  if (functionArnIn(authorizerUri) === undefined) {
    throw new BadRequestException(
      `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN`,
    );
  }
  return settings;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
function httpApiMembers(settings: AuthorizerDocument): Settings {
  const { authorizerPayloadFormatVersion: version, enableSimpleResponses = false } = settings;
  if (version !== "1.0" && version !== "2.0") {
    throw new BadRequestException(
      "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer. Valid values are 1.0 and 2.0",
    );
  }
  if (enableSimpleResponses && version === "1.0") {
    throw new BadRequestException("Simple responses are only supported with AuthorizerPayloadFormatVersion 2.0");
  }
  const identitySource = settings.identitySource ?? [];
  const ttl = settings.authorizerResultTtlInSeconds ?? (identitySource.length > 0 ? DEFAULT_TTL_SECONDS : 0);
  if (ttl > 0 && identitySource.length === 0) {
    throw new BadRequestException("Identity source must be specified when caching is enabled");
  }
  return { authorizerResultTtlInSeconds: ttl, enableSimpleResponses, identitySource };
}

const HTTP_SOURCE =
  /^\$request\.(?:header|querystring)\.[A-Za-z0-9._-]+$|^\$(?:context|stageVariables)\.[A-Za-z0-9._-]+$/;
const WEBSOCKET_SOURCE =
  /^route\.request\.(?:header|querystring)\.[A-Za-z0-9._-]+$|^(?:context|stageVariables)\.[A-Za-z0-9._-]+$/;

function checkSource(source: string, isWebSocket: boolean): void {
  if ((isWebSocket ? WEBSOCKET_SOURCE : HTTP_SOURCE).test(source)) return;
  throw new BadRequestException(`Invalid identity source specified: ${source}`);
}

export const authorizerOperations = partOperations(authorizer);
