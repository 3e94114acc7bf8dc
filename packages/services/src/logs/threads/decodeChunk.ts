import { zstdDecompressSync } from "node:zlib";

/**
 * The events of a chunk as `LogChunkStore` stores it. Threads decode chunks themselves: the store with its database driver would make each of them large
 * and slow to start.
 */
export function decodeChunk(data: Uint8Array): readonly (readonly [timestamp: number, message: string])[] {
  return JSON.parse(zstdDecompressSync(data).toString()) as [number, string][];
}
