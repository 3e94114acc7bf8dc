import { bool, choice, structure, structures, text } from "@hearth/model";
import type { z } from "zod";
import { HeaderName, HeaderValue, QueryName, QueryValue } from "./words.ts";

const AUTH_TEXT = "^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$";

/** Constraints of connections and API destinations. */
export const Name = text({ min: 1, max: 64, pattern: "[\\.\\-_A-Za-z0-9]+" });
export const AuthText = text({
  min: 1,
  max: 512,
  pattern: AUTH_TEXT,
  linearPattern: "\\t*[^\\x00-\\x1F:\\x7F][^\\x00-\\x08\\x0A-\\x1F:\\x7F]*",
});
export const HttpsEndpoint = text({
  min: 1,
  max: 2048,
  pattern: "^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$",
});
export const AuthorizationType = choice(["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"]);
export const HttpMethod = choice(["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]);

const parameters = (Key: z.ZodType<string>, Value: z.ZodType<string>) =>
  structures(structure({ Key: Key.optional(), Value: Value.optional(), IsValueSecret: bool().optional() }), {
    max: 100,
  }).optional();

const HttpParameters = structure({
  HeaderParameters: parameters(HeaderName, HeaderValue),
  QueryStringParameters: parameters(QueryName, QueryValue),
  BodyParameters: parameters(text(), text()),
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
