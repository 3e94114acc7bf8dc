import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "@hearth/kit";
import type { Queryable } from "@hearth/store";
import { RemovalPause, type RemovalPauseDeps } from "./removalPause.ts";

const PIECE_BYTES = 4 * 1024 * 1024;
const PAGE = 1_000;
const ID = /^[0-9a-f]{32}$/;

export interface BackedUpFiles {
  readonly files: number;
  readonly bytes: number;
}

/** A part of the bytes of a file. */
export interface FilePiece {
  readonly id: string;
  readonly offset: number;
  readonly body: Buffer;
}

/** Reads the bytes of objects for a back-up, and writes them from one. */
export class ObjectBackup {
  readonly #folder: string;

  /** `dataDir` is HEARTH_DATA. */
  constructor(dataDir: string) {
    this.#folder = join(dataDir, "objects");
  }

  /** To be called before the transaction whose rows name the files: until it is disposed, none of them is removed. */
  async pauseRemovals(deps: RemovalPauseDeps): Promise<RemovalPause> {
    return await RemovalPause.begin(this.#folder, deps);
  }

  /** What the files of `snapshot` are together. */
  async count(snapshot: Queryable): Promise<BackedUpFiles> {
    const [row] = await snapshot.query<BackedUpFiles>(
      "SELECT count(*)::float8 AS files, coalesce(sum(bytes), 0)::float8 AS bytes FROM s3_files",
    );
    return row ?? { files: 0, bytes: 0 };
  }

  /** The bytes of all files of `snapshot`, in pieces, those of a file in their order. Rejects when one is missing or has another length. */
  async *read(snapshot: Queryable): AsyncGenerator<FilePiece> {
    for (let after = ""; ;) {
      const page = await snapshot.query<{ id: string; bytes: number }>(
        "SELECT id, bytes::float8 AS bytes FROM s3_files WHERE id > $1 ORDER BY id LIMIT $2",
        [after, PAGE],
      );
      for (const { id, bytes } of page) yield* this.#readFile(id, bytes);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = last.id;
    }
  }

  async *#readFile(id: string, bytes: number): AsyncGenerator<FilePiece> {
    const path = this.#path(id);
    let file: FileHandle;
    try {
      file = await open(path, "r");
    } catch (error) {
      throw errorCode(error) === "ENOENT" ? new Error(`${path}, which holds bytes of an object, is missing`) : error;
    }
    try {
      for (let offset = 0; offset < bytes;) {
        const body = Buffer.alloc(Math.min(PIECE_BYTES, bytes - offset));
        const { bytesRead } = await file.read(body, 0, body.length, offset);
        if (bytesRead === 0) throw new Error(`${path}, which holds bytes of an object, is shorter than ${bytes} bytes`);
        yield { id, offset, body: body.subarray(0, bytesRead) };
        offset += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  /** Writes a piece; those of a file come in their order. When this resolves, it survives a power cut. */
  async write({ id, offset, body }: FilePiece): Promise<void> {
    if (!ID.test(id)) throw new Error(`${id} is not the name of a file of objects`);
    const path = this.#path(id);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, offset === 0 ? "wx" : "r+", 0o600);
    try {
      await file.write(body, 0, body.length, offset);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  #path(id: string): string {
    return join(this.#folder, id.slice(0, 2), id);
  }
}
