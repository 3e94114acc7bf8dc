import type { Queryable } from "../postgres/queryable.ts";

/** The key with which this installation signs notifications. */
export interface SnsSigningKey {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** PEM (PKCS #8). */
  readonly privateKey: string;
  /** PEM (X.509). */
  readonly certificate: string;
}

/** What a sealed private key is bound to. */
export function signingKeyOf({ id }: Pick<SnsSigningKey, "id">): readonly string[] {
  return ["sns_signing_keys", id];
}

/** The table of signing keys. The first one is used; others are of processes that started at the same time, and sign nothing. */
export class SnsSigningKeyStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Resolves with the key in use. `make` makes it where there is none. */
  async use(make: () => Promise<SnsSigningKey>): Promise<SnsSigningKey> {
    const found = await this.#first();
    if (found) return found;
    const made = await make();
    await this.#database.query(
      "INSERT INTO sns_signing_keys (id, private_key, certificate) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM sns_signing_keys)",
      [made.id, this.#database.keys.seal(made.privateKey, signingKeyOf(made)), made.certificate],
    );
    return (await this.#first()) ?? made;
  }

  async #first(): Promise<SnsSigningKey | undefined> {
    const [row] = await this.#database.query<SnsSigningKey>(
      `SELECT id, private_key AS "privateKey", certificate FROM sns_signing_keys ORDER BY created_at, id LIMIT 1`,
    );
    return row && { ...row, privateKey: this.#database.keys.open(row.privateKey, signingKeyOf(row)) };
  }

  /** The certificate of a key, in PEM. */
  async certificate(id: string): Promise<string | undefined> {
    const rows = await this.#database.query<{ certificate: string }>(
      "SELECT certificate FROM sns_signing_keys WHERE id = $1",
      [id],
    );
    return rows[0]?.certificate;
  }
}
