import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import type { Random } from "@hearth/kit";
import type { Caller } from "@hearth/model";
import type { AccessKey } from "@hearth/wire";
import { newAccessKeyId } from "./credentials.ts";

/** What the token of a session contains, encrypted. */
export interface SessionClaims {
  readonly caller: Caller;
  /** Milliseconds since the epoch, as `expiresAt`. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The long-term key that it was issued to: the session is valid only as long as that key. */
  readonly parent?: string;
  /** The sandbox that it was issued to: it is valid nowhere else. */
  readonly channel?: string;
}

/** Claims as a token has them. Those of tokens from before the change that added `issuedAt` lack it. */
type StoredClaims = Omit<SessionClaims, "issuedAt"> & Partial<Pick<SessionClaims, "issuedAt">>;

/** Temporary credentials as STS issues them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
}

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** The longest possible session: that of GetSessionToken. */
const MAX_SESSION_MS = 36 * 3_600_000;

/**
 * Session credentials that need not be stored: the token contains its claims, encrypted and authenticated (AES-256-GCM), and the secret access key is
 * derived from the key id. Every process with the same secret can open them, also after a restart.
 */
export class SessionTokens {
  readonly #sealing: Buffer;
  readonly #secrets: Buffer;
  readonly #proofs: Buffer;
  readonly #random: Random;

  /** `secret` is at least 32 random bytes. */
  constructor(secret: Buffer, random: Random) {
    const derive = (purpose: string): Buffer => Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));
    this.#sealing = derive("hearth session token");
    this.#secrets = derive("hearth session secret");
    this.#proofs = derive("hearth proof");
    this.#random = random;
  }

  /** Makes a new access key id, with its secret and its token. */
  issue(claims: Omit<SessionClaims, "caller"> & { readonly caller: Omit<Caller, "accessKeyId"> }): SessionCredentials {
    const accessKeyId = newAccessKeyId("ASIA", this.#random);
    const iv = Buffer.from(this.#random.hex(IV_BYTES), "hex");
    const cipher = createCipheriv("aes-256-gcm", this.#sealing, iv);
    cipher.setAAD(Buffer.from(accessKeyId));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(claims)), cipher.final()]);
    const sessionToken = Buffer.concat([Buffer.from([VERSION]), iv, cipher.getAuthTag(), sealed]).toString("base64");
    return { accessKeyId, secretAccessKey: this.#secretOf(accessKeyId), sessionToken, expiresAt: claims.expiresAt };
  }

  /** The key of a token, expired or not; `undefined` for a token that Hearth has not issued, or not for this key id. */
  open(accessKeyId: string, sessionToken: string): (AccessKey & { readonly parent?: string }) | undefined {
    const bytes = Buffer.from(sessionToken, "base64");
    if (bytes[0] !== VERSION || bytes.length <= 1 + IV_BYTES + TAG_BYTES) return undefined;
    // Node ignores characters that are not base64; without this check several texts would be the same token.
    if (bytes.toString("base64") !== sessionToken) return undefined;
    const claims = this.#unseal(accessKeyId, bytes);
    if (!claims) return undefined;
    const { caller, expiresAt, parent, channel } = claims;
    // Tokens of earlier versions do not have it. The earliest possible time keeps a denial of older sessions effective.
    const tokenIssuedAt = claims.issuedAt ?? expiresAt - MAX_SESSION_MS;
    return {
      secretAccessKey: this.#secretOf(accessKeyId),
      sessionToken,
      expiresAt,
      caller: { ...caller, accessKeyId, tokenIssuedAt, ...(channel !== undefined && { channel }) },
      ...(parent !== undefined && { parent }),
      ...(channel !== undefined && { channel }),
    };
  }

  /** A proof that a process of this Hearth wrote `text` for `purpose`: only a process with the secret can compute it. */
  prove(purpose: "forwarded" | "code" | "iterator", text: string): string {
    return createHmac("sha256", this.#proofs).update(`${purpose}\n${text}`).digest("hex");
  }

  #unseal(accessKeyId: string, bytes: Buffer): StoredClaims | undefined {
    const decipher = createDecipheriv("aes-256-gcm", this.#sealing, bytes.subarray(1, 1 + IV_BYTES));
    decipher.setAAD(Buffer.from(accessKeyId));
    decipher.setAuthTag(bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES));
    try {
      const text =
        decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      return JSON.parse(text) as StoredClaims;
    } catch {
      return undefined; // forged, damaged, or encrypted with another secret; the caller need not know which
    }
  }

  #secretOf(accessKeyId: string): string {
    return createHmac("sha256", this.#secrets).update(accessKeyId).digest("base64").slice(0, 40);
  }
}
