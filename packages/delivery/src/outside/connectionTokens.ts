import type { Clock } from "@hearth/kit";
import type { Outbound } from "@hearth/outbound";
import type { OpenConnection, OpenOAuthParameters } from "./apiDestinationTypes.ts";

export interface ConnectionTokensDeps {
  readonly outbound: Pick<Outbound, "request">;
  readonly clock: Clock;
}

interface Token {
  readonly version: string;
  readonly value: Promise<string>;
  expiresAt: number;
}

const TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 65_536;
/** A token that expires within this time is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
const DEFAULT_LIFETIME_MS = 3_600_000;
const MAX_TOKENS = 10_000;

/** The OAuth tokens of connections, in memory. One request gets a token, however many messages wait for it. */
export class ConnectionTokens {
  readonly #deps: ConnectionTokensDeps;
  readonly #tokens = new Map<string, Token>();

  constructor(deps: ConnectionTokensDeps) {
    this.#deps = deps;
  }

  /** Resolves with the access token. Rejects when the authorization endpoint gives none; the next call asks again. */
  async token(accountId: string, { ConnectionArn, version, AuthParameters }: OpenConnection): Promise<string> {
    const known = this.#tokens.get(ConnectionArn);
    if (known?.version === version && this.#deps.clock.monotonicMs() < known.expiresAt - RENEW_BEFORE_MS) {
      return await known.value;
    }
    const { OAuthParameters } = AuthParameters;
    if (!OAuthParameters) throw new Error(`the connection ${ConnectionArn} has no OAuth parameters`);
    const fetched = this.#fetch(accountId, OAuthParameters);
    const token: Token = { version, value: fetched.then(({ value }) => value), expiresAt: Infinity };
    this.#remember(ConnectionArn, token);
    try {
      const { value, lifetimeMs } = await fetched;
      // One with a short lifetime is used at least once.
      token.expiresAt = this.#deps.clock.monotonicMs() + lifetimeMs;
      return value;
    } catch (error) {
      this.forget(ConnectionArn, token);
      throw error;
    }
  }

  /** The endpoint did not take the token. */
  forget(ConnectionArn: string, only?: Token): void {
    if (only === undefined || this.#tokens.get(ConnectionArn) === only) this.#tokens.delete(ConnectionArn);
  }

  #remember(ConnectionArn: string, token: Token): void {
    token.value.catch(() => undefined); // its first caller sees the error
    this.#tokens.delete(ConnectionArn);
    this.#tokens.set(ConnectionArn, token);
    if (this.#tokens.size <= MAX_TOKENS) return;
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined) this.#tokens.delete(oldest);
  }

  async #fetch(
    accountId: string,
    oauth: OpenOAuthParameters,
  ): Promise<{ readonly value: string; readonly lifetimeMs: number }> {
    const { status, body } = await this.#deps.outbound.request({
      accountId,
      ...tokenRequest(oauth),
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal: new AbortController().signal, // several messages may wait for it; its time limit ends it
    });
    if (status < 200 || status > 299) throw new Error(`the authorization endpoint answered with status ${status}`);
    const { access_token: value, expires_in: seconds } = readToken(body);
    if (typeof value !== "string" || value === "") throw new Error("the authorization endpoint gave no access_token");
    const lifetimeMs = Number(seconds) > 0 ? Number(seconds) * 1_000 : DEFAULT_LIFETIME_MS;
    return { value, lifetimeMs };
  }
}

function tokenRequest({
  AuthorizationEndpoint,
  HttpMethod: method,
  ClientParameters,
  OAuthHttpParameters = {},
}: OpenOAuthParameters): {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
} {
  const { HeaderParameters = [], QueryStringParameters = [], BodyParameters = [] } = OAuthHttpParameters;
  const url = new URL(AuthorizationEndpoint);
  for (const { Key, Value } of QueryStringParameters) url.searchParams.set(Key, Value);
  const credentials = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: ClientParameters.ClientID,
    client_secret: ClientParameters.ClientSecret,
  });
  for (const { Key, Value } of BodyParameters) credentials.set(Key, Value);
  const headers = {
    Accept: "application/json",
    ...Object.fromEntries(HeaderParameters.map(({ Key, Value }) => [Key, Value])),
  };
  if (method === "GET") {
    for (const [key, value] of credentials) url.searchParams.set(key, value);
    return { url: url.href, method, headers };
  }
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  return { url: url.href, method, headers: { ...form, ...headers }, body: Buffer.from(credentials.toString()) };
}

function readToken(body: Buffer): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    const answer: unknown = JSON.parse(body.toString("utf8"));
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
