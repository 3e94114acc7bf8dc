import { ZipFile } from "yazl";

export interface ZipEntry {
  readonly content: string | Uint8Array;
  /** Unix permissions; 0o644 by default. */
  readonly mode?: number;
}

/** A zip archive with these files, as `--zip-file` and `ZipFile` take it. Equal contents give equal bytes. */
export async function zipOf(files: Readonly<Record<string, string | Uint8Array | ZipEntry>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const entry = typeof file === "string" || file instanceof Uint8Array ? { content: file } : file;
    const mode = 0o100_000 | (entry.mode ?? 0o644);
    zip.addBuffer(Buffer.from(entry.content), path, { mtime: new Date("2026-01-01T00:00:00Z"), mode });
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
