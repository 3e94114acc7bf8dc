import { createHash } from "node:crypto";
import type { ApiAuthorizer } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { RememberedAnswers } from "../rememberedAnswers.ts";
import { type Authorization, refused } from "./authorization.ts";
import type { HttpCall } from "./httpCall.ts";
import { forbidden, INTERNAL_SERVER_ERROR, unauthorized } from "./replies.ts";
import { select } from "./selection.ts";
import { KeysUnavailable, type SigningKeys } from "./signingKeys.ts";

/** Only asymmetric ones: the keys are public. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** A token that was verified is not verified again for this long. */
const REMEMBERED_MS = 60_000;
const MAX_TOKEN_LENGTH = 8_192;

/** What a token says. Only texts, because it is remembered: lists in tokens would take many times their length in memory. */
interface Verified {
  /** As functions see them. */
  readonly claims: Readonly<Record<string, string>>;
  /** Separated by spaces. */
  readonly scope: string | undefined;
}

export interface JwtAuthorizerDeps {
  readonly keys: SigningKeys;
  readonly clock: Clock;
}

/**
 * Verifies tokens: signature, issuer, audience or client, times and scopes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class JwtAuthorizer {
  readonly #deps: JwtAuthorizerDeps;
  readonly #remembered = new RememberedAnswers<Verified>();

  constructor(deps: JwtAuthorizerDeps) {
    this.#deps = deps;
  }

  async authorize(call: HttpCall, authorizer: ApiAuthorizer): Promise<Authorization> {
    const [source = ""] = authorizer.identitySource ?? [];
    const given = select(source, { call });
    const token = given?.replace(/^Bearer\s+/i, "").trim();
    if (token === undefined || token === "") return refused(unauthorized("Bearer"), "the request has no token");
    let verified: Verified;
    try {
      verified = await this.#verify(call, authorizer, token);
    } catch (error) {
      if (error instanceof KeysUnavailable) return refused(INTERNAL_SERVER_ERROR, error.message, error);
      const description = descriptionOf(error);
      const reply = unauthorized(`Bearer scope="" error="invalid_token" error_description="${description}"`);
      return refused(reply, description);
    }
    const { authorizationScopes: wanted = [] } = call.route;
    const { claims, scope } = verified;
    const scopes = scope?.split(" ").filter((one) => one !== "");
    if (wanted.length > 0 && !wanted.some((one) => scopes?.includes(one))) {
      const description = "the token does not have a required scope";
      return refused(
        forbidden(`Bearer scope="${wanted.join(" ")}" error="insufficient_scope" error_description="${description}"`),
        description,
      );
    }
    const jwt = { claims, scopes: wanted.length > 0 ? (scopes ?? null) : null };
    return { kind: "allowed", context: { v1: jwt, v2: { jwt }, values: claims } };
  }

  async #verify({ api }: HttpCall, { jwtConfiguration }: ApiAuthorizer, token: string): Promise<Verified> {
    const { issuer = "", audience = [] } = jwtConfiguration ?? {};
    if (token.length > MAX_TOKEN_LENGTH) throw new errors.JWTInvalid("the token is too long");
    const key = createHash("sha256")
      .update(`${api.apiId}\n${issuer}\n${audience.join("\n")}\n${token}`)
      .digest("base64");
    const now = this.#deps.clock.now();
    const known = this.#remembered.find(api.accountId, key, now);
    if (known) return known;
    const { kid } = decodeProtectedHeader(token);
    const keys = await this.#deps.keys.of(api.accountId, issuer, kid);
    const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ALGORITHMS, currentDate: new Date(now) });
    const { aud = [], client_id: client, iat } = payload;
    const isFor =
      [aud].flat().some((one) => audience.includes(one)) || (aud.length === 0 && audience.includes(String(client)));
    if (!isFor) throw new errors.JWTClaimValidationFailed("invalid audience", payload, "aud");
    if (iat !== undefined && iat * 1000 > now + REMEMBERED_MS)
      throw new errors.JWTClaimValidationFailed("early", payload, "iat");
    const untilMs = Math.min(now + REMEMBERED_MS, (payload.exp ?? Infinity) * 1000);
    const claims = Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(value)]));
    const value = { claims, scope: scopeOf(payload) };
    this.#remembered.remember(api.accountId, key, { value, untilMs, document: JSON.stringify(claims) });
    return value;
  }
}

function descriptionOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return "the issuer is invalid";
    if (error.claim === "aud") return "the token does not have a valid audience";
    return "the token is not valid yet";
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return "signing method or key is invalid";
  }
  return "the token is invalid";
}

function scopeOf({ scope, scp }: JWTPayload): string | undefined {
  const given = scope ?? scp;
  if (Array.isArray(given)) return given.map(String).join(" ");
  return typeof given === "string" ? given : undefined;
}

/** Claims are texts for functions; a list is `[a b]`. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => claimText(one)).join(" ")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
