import type { Clock } from "@hearth/kit";
import type { Outbound } from "@hearth/outbound";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 512 * 1024;
/** As API Gateway keeps them. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
const KEPT_MS = 2 * 3_600_000;
/** After keys were read, or could not be read, an unknown key id does not read them again for this long. */
const AGAIN_AFTER_MS = 5 * 60_000;
/** A failure is tried again sooner than an unknown key id, because no token can be verified in the meantime. */
const AGAIN_AFTER_FAILURE_MS = 5_000;
const MAX_ISSUERS = 1_000;

interface Keys {
  readonly getKey: JWTVerifyGetKey;
  readonly keyIds: ReadonlySet<string>;
  readonly readAtMs: number;
}

interface Issuer {
  keys?: Keys;
  reading?: Promise<Keys>;
  failedAtMs?: number;
}

export interface SigningKeysDeps {
  readonly outbound: Pick<Outbound, "request">;
  readonly clock: Clock;
}

/** The keys of an issuer could not be read. */
export class KeysUnavailable extends Error {}

/** The public keys with which issuers sign tokens, found by OpenID discovery, through the door to addresses that accounts choose. */
export class SigningKeys {
  readonly #deps: SigningKeysDeps;
  readonly #issuers = new Map<string, Issuer>();

  constructor(deps: SigningKeysDeps) {
    this.#deps = deps;
  }

  /** The keys of an issuer, among which the one with `keyId` is if the issuer has it. Rejects with KeysUnavailable. */
  async of(accountId: string, issuer: string, keyId: string | undefined): Promise<JWTVerifyGetKey> {
    const { clock } = this.#deps;
    const name = `${accountId} ${issuer}`;
    const known = this.#issuers.get(name) ?? {};
    if (!this.#issuers.has(name)) {
      if (this.#issuers.size >= MAX_ISSUERS) this.#issuers.clear();
      this.#issuers.set(name, known);
    }
    const now = clock.monotonicMs();
    const { keys } = known;
    const age = keys === undefined ? Infinity : now - keys.readAtMs;
    const isUnknown = keyId !== undefined && keys !== undefined && !keys.keyIds.has(keyId);
    const isNeeded = age > KEPT_MS || (isUnknown && age > AGAIN_AFTER_MS);
    const mayTry = known.failedAtMs === undefined || now - known.failedAtMs > AGAIN_AFTER_FAILURE_MS;
    if (keys && (!isNeeded || !mayTry)) return keys.getKey;
    if (!mayTry) throw new KeysUnavailable(`the keys of ${issuer} could not be read`);
    known.reading ??= this.#read(accountId, issuer).finally(() => delete known.reading);
    try {
      known.keys = await known.reading;
      delete known.failedAtMs;
      return known.keys.getKey;
    } catch (error) {
      known.failedAtMs = clock.monotonicMs();
      if (keys) return keys.getKey;
      throw new KeysUnavailable(`the keys of ${issuer} could not be read`, { cause: error });
    }
  }

  async #read(accountId: string, issuer: string): Promise<Keys> {
    const base = issuer.replace(/\/$/, "");
    const configuration = await this.#json(accountId, `${base}/.well-known/openid-configuration`);
    const { jwks_uri: url } = configuration as { readonly jwks_uri?: unknown };
    if (typeof url !== "string") throw new KeysUnavailable(`${issuer} names no jwks_uri`);
    const set = (await this.#json(accountId, url)) as JSONWebKeySet;
    const keyIds = new Set((set.keys ?? []).flatMap(({ kid }) => kid ?? []));
    return { getKey: createLocalJWKSet(set), keyIds, readAtMs: this.#deps.clock.monotonicMs() };
  }

  async #json(accountId: string, url: string): Promise<object> {
    const { status, body } = await this.#deps.outbound.request({
      ...{ accountId, url, method: "GET", headers: { accept: "application/json" } },
      ...{ timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
    const value: unknown = status === 200 ? JSON.parse(Buffer.from(body).toString()) : undefined;
    if (typeof value !== "object" || value === null)
      throw new KeysUnavailable(`${url} answers ${status} or no JSON object`);
    return value;
  }
}
