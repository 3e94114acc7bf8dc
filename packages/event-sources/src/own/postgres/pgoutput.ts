/** A column of a table whose changes are sent. */
export interface Column {
  readonly name: string;
  /** Part of the replica identity, such as the primary key. */
  readonly isKey: boolean;
  readonly typeOid: number;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
}

/** `null` is NULL, `undefined` a large value that the change left as it was, which the server does not send. */
export type Row = readonly (string | null | undefined)[];

export type PgoutputMessage =
  | { readonly kind: "begin"; readonly commitLsn: bigint; readonly committedAtMs: number; readonly xid: number }
  | { readonly kind: "commit"; readonly endLsn: bigint }
  | { readonly kind: "insert"; readonly table: Table; readonly after: Row }
  | { readonly kind: "update"; readonly table: Table; readonly before?: Before; readonly after: Row }
  | { readonly kind: "delete"; readonly table: Table; readonly before?: Before }
  | { readonly kind: "truncate"; readonly tables: readonly Table[] }
  /** Tells about types and origins, and what a server newer than this code sends on top. */
  | { readonly kind: "other" };

/** The row before a change: the columns of the replica identity only, or all of them with REPLICA IDENTITY FULL. */
export interface Before {
  readonly row: Row;
  readonly isFull: boolean;
}

/** Milliseconds from 1970 to 2000, when PostgreSQL's time begins. */
export const POSTGRES_EPOCH_MS = 946_684_800_000;

/**
 * Decodes what the output plugin `pgoutput` sends, protocol version 1, with values as text. Remembers the tables that the server described.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export class PgoutputDecoder {
  readonly #tables = new Map<number, Table>();

  decode(message: Buffer): PgoutputMessage {
    const reader = new Reader(message);
    const tag = reader.letter();
    switch (tag) {
      case "B":
        return {
          kind: "begin",
          commitLsn: reader.int64(),
          committedAtMs: Number(reader.int64() / 1000n) + POSTGRES_EPOCH_MS,
          xid: reader.uint32(),
        };
      case "C":
        reader.skip(1 + 8);
        return { kind: "commit", endLsn: reader.int64() };
      case "R":
        this.#describe(reader);
        return { kind: "other" };
      case "I": {
        const table = this.#table(reader.uint32());
        reader.skip(1);
        return { kind: "insert", table, after: row(reader) };
      }
      case "U": {
        const table = this.#table(reader.uint32());
        const before = beforeOf(reader.letter(), reader);
        if (before) reader.skip(1);
        return { kind: "update", table, ...(before && { before }), after: row(reader) };
      }
      case "D": {
        const table = this.#table(reader.uint32());
        const before = beforeOf(reader.letter(), reader);
        return { kind: "delete", table, ...(before && { before }) };
      }
      case "T": {
        const count = reader.uint32();
        reader.skip(1);
        return { kind: "truncate", tables: Array.from({ length: count }, () => this.#table(reader.uint32())) };
      }
      default:
        return { kind: "other" };
    }
  }

  #describe(reader: Reader): void {
    const oid = reader.uint32();
    const schema = reader.text() || "pg_catalog";
    const name = reader.text();
    reader.skip(1);
    const columns = Array.from({ length: reader.uint16() }, () => {
      const isKey = (reader.byte() & 1) === 1;
      const column = { isKey, name: reader.text(), typeOid: reader.uint32() };
      reader.skip(4);
      return column;
    });
    this.#tables.set(oid, { schema, name, columns });
  }

  #table(oid: number): Table {
    const table = this.#tables.get(oid);
    if (!table) throw new Error(`the server has sent a change of a table that it did not describe: ${oid}`);
    return table;
  }
}

function beforeOf(tag: string, reader: Reader): Before | undefined {
  return tag === "K" || tag === "O" ? { row: row(reader), isFull: tag === "O" } : undefined;
}

function row(reader: Reader): Row {
  return Array.from({ length: reader.uint16() }, () => {
    const kind = reader.letter();
    if (kind === "n") return null;
    return kind === "u" ? undefined : reader.utf8(reader.uint32());
  });
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #next(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }

  skip(length: number): void {
    this.#next(length);
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#next(1));
  }

  letter(): string {
    return String.fromCharCode(this.byte());
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#next(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#next(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#next(8));
  }

  utf8(length: number): string {
    const at = this.#next(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** Text that ends with a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }
}
