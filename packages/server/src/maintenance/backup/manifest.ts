import type { FilePiece } from "@hearth/objects";
import type { DatabaseOutline } from "@hearth/store";
import { z } from "zod";
import { StartError } from "../../startError.ts";
import { type Frame, readBackup, sha256 } from "./backupFile.ts";

export const MANIFEST = "manifest";
export const MASTER_KEY_FRAME = "master-key";
export const ROWS = "rows/";
export const BLOB = "blob/";
/** `object/<id of the file>/<offset>`. */
export const OBJECT = "object/";

const Outline = z.object({
  migrations: z.array(z.string()).min(1).readonly(),
  tables: z
    .array(
      z.object({ name: z.string(), columns: z.array(z.object({ name: z.string(), type: z.string() })).readonly() }),
    )
    .readonly(),
  partitions: z.array(z.object({ name: z.string(), parent: z.string(), bound: z.string() })).readonly(),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), called: z.boolean() })).readonly(),
  masterKeyIds: z.array(z.string()).readonly(),
}) satisfies z.ZodType<DatabaseOutline>;

const Manifest = z.object({
  /** Hearth's version. */
  version: z.string(),
  createdAt: z.string(),
  region: z.string(),
  database: Outline,
  /** The archives of code that come in the back-up. */
  blobs: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  /** The files with bytes of S3's objects that come in the back-up; absent where they were left out, and in back-ups of versions before. */
  objects: z.object({ files: z.number(), bytes: z.number() }).optional(),
});
export type Manifest = z.output<typeof Manifest>;

export interface BackupSummary {
  readonly manifest: Manifest;
  /** The number of the last migration. */
  readonly schema: number;
  readonly hasMasterKey: boolean;
}

/** Reads the whole back-up. Rejects with a StartError when a piece is missing or differs from what was written. */
export async function verifyBackup(path: string): Promise<BackupSummary> {
  let manifest: Manifest | undefined;
  let hasMasterKey = false;
  const missing = new Set<string>();
  let objectBytes = 0;
  for await (const frame of readBackup(path)) {
    if (frame.name === MANIFEST) {
      manifest = parseManifest(frame);
      for (const digest of manifest.blobs) missing.add(digest);
    }
    if (!manifest) throw new StartError(`${path} does not begin with what it holds`);
    if (frame.name === MASTER_KEY_FRAME) hasMasterKey = true;
    if (frame.name.startsWith(BLOB)) missing.delete(blobOf(frame));
    if (frame.name.startsWith(OBJECT)) objectBytes += frame.body.length;
  }
  if (!manifest) throw new StartError(`${path} is empty`);
  if (missing.size > 0) throw new StartError(`${path} lacks ${missing.size} archives of code`);
  const { bytes = 0 } = manifest.objects ?? {};
  if (objectBytes !== bytes) throw new StartError(`${path} has ${objectBytes} of ${bytes} bytes of objects`);
  return { manifest, schema: schemaOf(manifest.database.migrations), hasMasterKey };
}

export function parseManifest({ body }: Frame): Manifest {
  const parsed = Manifest.safeParse(JSON.parse(body.toString()));
  if (!parsed.success) throw new StartError(`the back-up is of another version of Hearth: ${parsed.error.message}`);
  return parsed.data;
}

/** The digest of an archive, which is its checksum too. */
export function blobOf({ name, body }: Frame): string {
  const digest = name.slice(BLOB.length);
  if (sha256(body) !== digest) throw new StartError(`the archive ${digest} is damaged`);
  return digest;
}

export function objectPieceOf({ name, body }: Frame): FilePiece {
  const [id = "", offset = ""] = name.slice(OBJECT.length).split("/");
  return { id, offset: Number(offset), body };
}

/** What a back-up holds of objects, as its summary says it. */
export function aboutObjects({ objects }: Manifest): string {
  if (!objects) return "without the bytes of objects";
  return `${objects.files} files of objects with ${objects.bytes} bytes`;
}

export function schemaOf(migrations: readonly string[]): number {
  return Number(migrations.at(-1)?.slice(0, 4) ?? 0);
}
