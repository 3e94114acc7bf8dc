import { createHmac, hash } from "node:crypto";
import type { SigningSecret } from "./authenticate.ts";
import { HmacKey } from "./hmacKey.ts";

export interface Scope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export function scopeText({ date, region, service }: Scope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

const LIMIT = 4096;

/** Derived signing keys, one per access key and scope, so that a warm request needs no derivation. Emptied when it is full. */
export class SigningKeys {
  readonly #keys = new Map<string, { readonly secret: string; readonly key: HmacKey }>();

  /** The key that signs in `scope` (`scopeName` is its text). Derived again when the secret has changed. */
  get(key: SigningSecret, scope: Scope, scopeName: string): HmacKey {
    const name = `${key.accessKeyId}/${scopeName}`;
    const known = this.#keys.get(name);
    if (known?.secret === key.secretAccessKey) return known.key;
    const derived = deriveSigningKey(key.secretAccessKey, scope);
    if (this.#keys.size >= LIMIT) this.#keys.clear();
    this.#keys.set(name, { secret: key.secretAccessKey, key: derived });
    return derived;
  }
}

export function deriveSigningKey(secret: string, scope: Scope): HmacKey {
  const parts = [scope.date, scope.region, scope.service, "aws4_request"];
  let key = Buffer.from(`AWS4${secret}`);
  for (const part of parts) key = createHmac("sha256", key).update(part).digest();
  return new HmacKey(key);
}

/** What is signed: the date, the scope and the hash of a canonical request. */
export function textToSign(amzDate: string, scopeName: string, canonical: string | Buffer): string {
  return `AWS4-HMAC-SHA256\n${amzDate}\n${scopeName}\n${hash("sha256", canonical, "hex")}`;
}

/** `YYYYMMDDTHHMMSSZ`. */
export function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** The last date that was read: requests of one second have the same. */
let lastDate = { text: "", epochMs: 0 };

/** Milliseconds since the epoch; `undefined` when the text is not such a date. */
export function parseAmzDate(text: string): number | undefined {
  if (text === lastDate.text) return lastDate.epochMs;
  const epochMs = epochOf(text);
  if (epochMs !== undefined) lastDate = { text, epochMs };
  return epochMs;
}

function epochOf(text: string): number | undefined {
  const m = AMZ_DATE.exec(text);
  if (!m) return undefined;
  return Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6]));
}
