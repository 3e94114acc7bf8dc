import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { ReadableStream } from "node:stream/web";
import xz from "xz-decompress";

/** Decompresses a stream. The ending of its name says how it is compressed: `.xz`, `.gz`, `.zst` or none. */
export function decompress(compressed: Readable, name: string): Readable {
  if (name.endsWith(".xz")) {
    const web = Readable.toWeb(compressed) as ReadableStream<Uint8Array>;
    return Readable.fromWeb(new xz.XzReadableStream(web as never) as unknown as ReadableStream<Uint8Array>);
  }
  if (name.endsWith(".gz")) return piped(compressed, createGunzip());
  if (name.endsWith(".zst")) return piped(compressed, createZstdDecompress());
  return compressed;
}

function piped<T extends NodeJS.ReadWriteStream & Readable>(from: Readable, through: T): T {
  from.on("error", (error) => through.destroy(error));
  from.pipe(through);
  return through;
}
