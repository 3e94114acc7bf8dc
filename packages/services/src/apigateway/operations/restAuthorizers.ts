import { newApiId } from "@hearth/apis";
import { NotImplementedException } from "@hearth/model";
import { BadRequestException, ConflictException } from "../../apigatewayv2/errors.ts";
import { functionArnIn } from "../../apigatewayv2/lambdaUri.ts";
import { scalar, type Settings } from "../patch.ts";
import { type RestNoun, restPartOperations } from "../restParts.ts";
import * as words from "../words.ts";

const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 3600;
const TOKEN_SOURCE = /^method\.request\.header\.[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const REQUEST_SOURCE =
  /^(?:method\.request\.(?:header|querystring|multivalueheader|multivaluequerystring)\.[\x21-\x2b\x2d-\x7e]+|(?:context|stageVariables)\.[A-Za-z0-9._-]+)$/;

/** https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
export const restAuthorizer: RestNoun = {
  noun: "Authorizer",
  kind: "authorizer",
  path: "authorizers",
  label: "authorizer_id",
  members: words.authorizerMembers,
  patches: {
    "/name": scalar("text", { required: true }),
    "/type": scalar("text", { required: true }),
    "/authType": scalar(),
    "/authorizerUri": scalar(),
    "/authorizerCredentials": scalar(),
    "/authorizerResultTtlInSeconds": scalar("integer"),
    "/identitySource": scalar(),
    "/identityValidationExpression": scalar(),
  },
  quota: 10,
  missing: "Invalid Authorizer identifier specified",
  newPartId: ({ deps }) => newApiId(deps.random, 6),
  complete: async (edit, settings) => {
    const whole: Settings = {
      authType: "custom",
      ...settings,
      authorizerResultTtlInSeconds: settings["authorizerResultTtlInSeconds"] ?? DEFAULT_TTL_SECONDS,
    };
    if (whole["type"] === "COGNITO_USER_POOLS") {
      throw new NotImplementedException("Authorizers of Cognito user pools are not built.");
    }
    const twin = (await edit.all("authorizer")).find(
      ({ settings: other }) => other["name"] === whole["name"] && other["id"] !== whole["id"],
    );
    if (twin) {
      throw new BadRequestException(
        `Authorizer name must be unique. Authorizer ${String(whole["name"])} already exists in this RestApi.`,
      );
    }
    check(whole);
    return whole;
  },
  checkUnused: async (edit, id) => {
    const user = (await edit.all("method")).find(({ settings }) => settings["authorizerId"] === id);
    if (user) {
      throw new ConflictException(
        `Cannot delete authorizer '${id}', is referenced in method: ${String(user.settings["httpMethod"])}`,
      );
    }
  },
};

function check(settings: Settings): void {
  const { authorizerUri: uri = "", identitySource: source = "" } = settings as {
    readonly authorizerUri?: string;
    readonly identitySource?: string;
  };
  if (functionArnIn(uri) === undefined || !uri.includes(":apigateway:")) {
    throw new BadRequestException(
      `Invalid Authorizer URI: ${uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    );
  }
  const ttl = Number(settings["authorizerResultTtlInSeconds"]);
  if (ttl < 0 || ttl > MAX_TTL_SECONDS) {
    throw new BadRequestException(`AuthorizerResultTtlInSeconds must be between 0 and ${MAX_TTL_SECONDS}`);
  }
  if (settings["type"] === "TOKEN") {
    if (!TOKEN_SOURCE.test(source)) throw invalidSource(source);
    return;
  }
  if (settings["identityValidationExpression"] !== undefined) {
    throw new BadRequestException("Identity validation expression is only supported for TOKEN authorizers");
  }
  const sources = source === "" ? [] : source.split(",").map((one) => one.trim());
  if (sources.length === 0 && ttl > 0) {
    throw new BadRequestException("Identity source is required when caching is enabled.");
  }
  const wrong = sources.find((one) => !REQUEST_SOURCE.test(one));
  if (wrong !== undefined) throw invalidSource(wrong);
}

function invalidSource(source: string): BadRequestException {
  return new BadRequestException(`Invalid identity source specified: ${source}`);
}

export const restAuthorizerOperations = restPartOperations(restAuthorizer);
