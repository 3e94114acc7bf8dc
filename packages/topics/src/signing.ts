import { createPrivateKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { type Clock, type Random, selfSignedCertificate } from "@hearth/kit";
import { type Database, type SnsSigningKey, SnsSigningKeyStore } from "@hearth/store";

export interface SigningDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

const BITS = 2048;
const YEARS_MS = 20 * 365 * 86_400_000;
const DAY_MS = 86_400_000;
const ALGORITHMS = { "1": "sha1", "2": "sha256" } as const;

interface Key {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * Signs what SNS sends, with the key of this installation. The key is made at the first use and kept, sealed, in PostgreSQL; everybody may read its
 * certificate. https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export class Signing {
  readonly #deps: SigningDeps;
  readonly #store: SnsSigningKeyStore;
  #key: Promise<Key> | undefined;

  constructor(deps: SigningDeps) {
    this.#deps = deps;
    this.#store = new SnsSigningKeyStore(deps.database);
  }

  /** The signature of `text` in base64. */
  async sign(text: string, version: keyof typeof ALGORITHMS): Promise<string> {
    const { key } = await this.#use();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    // With a callback it runs in another thread.
    sign(ALGORITHMS[version], Buffer.from(text), key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature);
    });
    return (await promise).toString("base64");
  }

  /** The name of the file with the certificate, as in `SigningCertURL`. */
  async certificateName(): Promise<string> {
    return `SimpleNotificationService-${(await this.#use()).id}.pem`;
  }

  /** The certificate with this name, in PEM. */
  async certificate(name: string): Promise<string | undefined> {
    const [, id] = /^SimpleNotificationService-([0-9a-f]{32})\.pem$/.exec(name) ?? [];
    return id === undefined ? undefined : await this.#store.certificate(id);
  }

  async #use(): Promise<Key> {
    const key = (this.#key ??= this.#open());
    try {
      return await key;
    } catch (error) {
      if (this.#key === key) this.#key = undefined;
      throw error;
    }
  }

  async #open(): Promise<Key> {
    const { id, privateKey } = await this.#store.use(() => this.#make());
    return { id, key: createPrivateKey(privateKey) };
  }

  async #make(): Promise<SnsSigningKey> {
    const { clock, random } = this.#deps;
    const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: BITS });
    const nowMs = clock.now();
    const certificate = selfSignedCertificate({
      privateKey,
      commonName: "sns.amazonaws.com",
      notBeforeMs: nowMs - DAY_MS,
      notAfterMs: nowMs + YEARS_MS,
    });
    return {
      id: random.hex(16),
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      certificate,
    };
  }
}

/** The text whose signature a message carries: names and values, each followed by a line feed, in alphabetical order. */
export function signedText(members: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(members)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined ? "" : `${name}\n${value}\n`))
    .join("");
}
