import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { decompress } from "../decompress.ts";

const MAGIC = "!<arch>\n";
const HEADER_BYTES = 60;

/** The tar stream of the files that a .deb installs. https://man7.org/linux/man-pages/man5/deb.5.html */
export async function dataOf(path: string): Promise<Readable> {
  const file = await open(path);
  try {
    const { name, offset, sizeBytes } = await findData(file, path);
    const end = offset + sizeBytes - 1;
    return decompress(file.createReadStream({ start: offset, end, autoClose: true }), name);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function findData(file: FileHandle, path: string): Promise<{ name: string; offset: number; sizeBytes: number }> {
  const magic = await read(file, 0, MAGIC.length);
  if (magic !== MAGIC) throw new Error(`${path} is no Debian package`);
  for (let offset = MAGIC.length; ;) {
    const header = await read(file, offset, HEADER_BYTES);
    if (header.length < HEADER_BYTES) throw new Error(`${path} has no data`);
    const name = header.slice(0, 16).trim().replace(/\/$/, "");
    const sizeBytes = Number(header.slice(48, 58).trim());
    if (!Number.isSafeInteger(sizeBytes)) throw new Error(`${path} is damaged`);
    offset += HEADER_BYTES;
    if (name.startsWith("data.tar")) return { name, offset, sizeBytes };
    offset += sizeBytes + (sizeBytes % 2);
  }
}

async function read(file: FileHandle, offset: number, length: number): Promise<string> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.toString("latin1", 0, bytesRead);
}
