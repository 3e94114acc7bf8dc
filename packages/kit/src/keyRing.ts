import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = "hk1";
/** A master key as the operator writes it: at least 32 characters without spaces or commas. */
export const MASTER_KEY = /^[A-Za-z0-9+/=_.-]{32,256}$/;

/** A sealed value cannot be opened: its key is not in the ring, or the value was changed or moved. */
export class SealError extends Error {}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * The master keys of an installation. Values are sealed (AES-256-GCM) with the first key, and opened with the key that sealed them. A sealed value
 * is the text `hk1:<key id>:<iv, ciphertext and tag in base64url>`. It can be opened only under the identity that it was sealed for, so that a
 * value copied into another row is refused.
 */
export class KeyRing {
  #keys: readonly Key[] = [];
  #newest: () => readonly string[] | undefined = () => undefined;

  constructor(masterKeys: readonly string[] = []) {
    this.set(masterKeys);
  }

  /** Replaces all keys; the first one seals from now on. */
  set(masterKeys: readonly string[]): void {
    this.#keys = masterKeys.map(derive);
  }

  /**
   * Sets a source of keys: `newest` is called before each sealing, and for a value with an unknown key. It returns `undefined` when the keys have
   * not changed.
   */
  follow(newest: () => readonly string[] | undefined): void {
    this.#newest = newest;
  }

  /** The id of the key that seals; `undefined` while the ring is empty. */
  get currentId(): string | undefined {
    return this.#keys[0]?.id;
  }

  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** The prefix of values sealed with the current key. */
  get prefix(): string {
    return `${FORMAT}:${this.#current().id}:`;
  }

  seal(plain: string, identity: readonly string[]): string {
    this.#refresh();
    const key = this.#current();
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key.bytes, iv).setAAD(boundTo(key, identity));
    const parts = [iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()];
    return `${FORMAT}:${key.id}:${Buffer.concat(parts).toString("base64url")}`;
  }

  /** Throws a SealError when the value is not sealed, was sealed for another identity, or its key is not in the ring. */
  open(sealed: string, identity: readonly string[]): string {
    const [format, id, body, ...rest] = sealed.split(":");
    if (format !== FORMAT || id === undefined || body === undefined || rest.length > 0) {
      throw new SealError(`${identity.join("/")} is not sealed`);
    }
    const key = this.#find(id);
    const bytes = Buffer.from(body, "base64url");
    if (bytes.length < IV_BYTES + TAG_BYTES) throw new SealError(`${identity.join("/")} is cut short`);
    const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(key, identity)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const plain = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(plain).toString("utf8");
    } catch {
      throw new SealError(`${identity.join("/")} was changed, or was sealed for something else`);
    }
  }

  #current(): Key {
    const [key] = this.#keys;
    if (!key) throw new SealError("this process has no master key");
    return key;
  }

  #find(id: string): Key {
    const known = (): Key | undefined => this.#keys.find((key) => key.id === id);
    let key = known();
    if (!key) {
      this.#refresh();
      key = known();
    }
    if (!key) throw new SealError(`a value is sealed with the master key ${id}, which this process does not have`);
    return key;
  }

  #refresh(): void {
    const newest = this.#newest();
    if (newest) this.set(newest);
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(`${FORMAT}:`);
}

/** A fresh master key of 256 bits. */
export function newMasterKey(): string {
  return randomBytes(KEY_BYTES).toString("base64url");
}

function derive(masterKey: string): Key {
  if (!MASTER_KEY.test(masterKey)) throw new SealError("a master key must have 32 to 256 letters, digits or +/=_.-");
  const expand = (info: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync("sha256", masterKey, "hearth master key", info, bytes));
  return { id: expand("id", KEY_ID_BYTES).toString("hex"), bytes: expand("sealing", KEY_BYTES) };
}

/** The additional authenticated data; different identities always produce different data. */
function boundTo({ id }: Key, identity: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, id, ...identity]));
}
