import { bool, choice, structure, structures, text } from "@hearth/model";

const HEADER = "^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$";

/** Constraints of connections and API destinations. */
export const Name = text({ min: 1, max: 64, pattern: "[\\.\\-_A-Za-z0-9]+" });
export const AuthText = text({ min: 1, max: 512, pattern: HEADER });
export const HttpsEndpoint = text({
  min: 1,
  max: 2048,
  pattern: "^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$",
});
export const AuthorizationType = choice(["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"]);
export const HttpMethod = choice(["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]);

const parameter = (max: number | undefined) =>
  structures(
    structure({
      Key: text(max === undefined ? {} : { max }).optional(),
      Value: text(max === undefined ? {} : { max }).optional(),
      IsValueSecret: bool().optional(),
    }),
    { max: 100 },
  ).optional();

const HttpParameters = structure({
  HeaderParameters: parameter(512),
  QueryStringParameters: parameter(512),
  BodyParameters: parameter(undefined),
}).optional();

/** In requests and answers; an update has a part of them. */
export const AuthParameters = structure({
  BasicAuthParameters: structure({ Username: AuthText.optional(), Password: AuthText.optional() }).optional(),
  ApiKeyAuthParameters: structure({ ApiKeyName: AuthText.optional(), ApiKeyValue: AuthText.optional() }).optional(),
  OAuthParameters: structure({
    ClientParameters: structure({ ClientID: AuthText.optional(), ClientSecret: AuthText.optional() }).optional(),
    AuthorizationEndpoint: HttpsEndpoint.optional(),
    HttpMethod: choice(["GET", "POST", "PUT"]).optional(),
    OAuthHttpParameters: HttpParameters,
  }).optional(),
  InvocationHttpParameters: HttpParameters,
});
