import { existsSync } from "node:fs";
import { link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CodeStore } from "@hearth/code";
import { errorCode, KeyRing } from "@hearth/kit";
import { ObjectBackup } from "@hearth/objects";
import { codeInUse, dumpRows, LONG_STATEMENT_TIMEOUT_MS, outlineOf, type Transaction } from "@hearth/store";
import { MasterKeyFile } from "../../masterKeyFile.ts";
import { StartError } from "../../startError.ts";
import { hearthVersion } from "../../hearthVersion.ts";
import type { MaintenanceBase } from "../maintenanceBase.ts";
import { openExistingDatabase } from "../openExistingDatabase.ts";
import { BackupWriter } from "./backupFile.ts";
import { aboutObjects, BLOB, MANIFEST, type Manifest, MASTER_KEY_FRAME, OBJECT, ROWS, schemaOf } from "./manifest.ts";

const LINKS = ".backup-";

/** `hearth backup create FILE`: stores the state of one moment, while Hearth goes on. */
export async function createBackup(base: MaintenanceBase, args: readonly string[]): Promise<void> {
  const withoutKey = args.includes("--without-master-key");
  const withoutObjects = args.includes("--without-objects");
  const [file, ...others] = args.filter((arg) => arg !== "--without-master-key" && arg !== "--without-objects");
  if (file === undefined || file.startsWith("-") || others.length > 0) {
    throw new StartError("usage: hearth backup create FILE [--without-master-key] [--without-objects]");
  }
  const path = resolve(file);
  if (existsSync(path)) throw new StartError(`${path} is there already`);
  const { config, random, clock, out } = base;
  await using stack = new AsyncDisposableStack();
  const database = await openExistingDatabase(base, stack);
  const writer = stack.use(new BackupWriter(path));
  const links = join(config.HEARTH_DATA, `${LINKS}${process.pid}-${random.hex(8)}`);
  stack.defer(() => rm(links, { recursive: true, force: true }));
  await removeOldLinks(config.HEARTH_DATA);
  const objects = withoutObjects ? undefined : new ObjectBackup(config.HEARTH_DATA);
  if (objects) stack.use(await objects.pauseRemovals(base));
  await database.transaction(
    async (tx) => {
      const outline = await outlineOf(tx);
      const blobs = await linkBlobs(tx, new CodeStore(config.HEARTH_DATA, { random }), links);
      const manifest: Manifest = {
        version: hearthVersion(),
        createdAt: new Date(clock.now()).toISOString(),
        region: config.HEARTH_REGION,
        database: outline,
        blobs,
        ...(objects && { objects: await objects.count(tx) }),
      };
      await writer.add(MANIFEST, Buffer.from(JSON.stringify(manifest)));
      if (!withoutKey) {
        const keys = config.HEARTH_MASTER_KEY ?? new MasterKeyFile(config.HEARTH_DATA).read();
        if (!keys)
          throw new StartError("The master key is missing: set HEARTH_MASTER_KEY, or use --without-master-key.");
        const missing = outline.masterKeyIds.filter((id) => !new KeyRing(keys).ids.includes(id));
        if (missing.length > 0) {
          throw new StartError(
            `The database is encrypted with the master key ${missing.join(" and ")}, which is not the one found here. Give it in HEARTH_MASTER_KEY; if it was just rotated, try again.`,
          );
        }
        await writer.add(MASTER_KEY_FRAME, Buffer.from(keys.join("\n")));
      }
      let rows = 0;
      for await (const { table, json } of dumpRows(tx, outline.tables)) {
        await writer.add(`${ROWS}${table}`, Buffer.from(json));
        rows++;
      }
      for (const digest of blobs) await writer.add(`${BLOB}${digest}`, await readFile(join(links, digest)));
      for await (const { id, offset, body } of objects?.read(tx) ?? []) {
        await writer.add(`${OBJECT}${id}/${offset}`, body);
      }
      await writer.finish();
      out(
        `${path}: schema ${schemaOf(outline.migrations)}, ${outline.tables.length} tables in ${rows} pieces, ${blobs.length} archives of code, ${aboutObjects(manifest)}, ` +
          `${withoutKey ? "without the master key" : "with the master key: whoever has the file has every secret"}`,
      );
    },
    { isolation: "repeatable read", readOnly: true, statementTimeoutMs: LONG_STATEMENT_TIMEOUT_MS },
  );
}

/** Links the archives that the snapshot needs, so that those that are removed meanwhile stay available. Resolves with their digests. */
async function linkBlobs(tx: Transaction, code: CodeStore, links: string): Promise<string[]> {
  await mkdir(links, { recursive: true, mode: 0o700 });
  const digests = [...(await codeInUse(tx))].filter((digest) => code.has(digest)).sort();
  for (const digest of digests) await link(code.path(digest), join(links, digest));
  const images = await tx.query<{ digest: string }>(
    `SELECT code_digest AS digest FROM function_versions WHERE "ImageUri" IS NOT NULL
     UNION SELECT active_snapshot ->> 'codeDigest' FROM function_versions WHERE active_snapshot ->> 'imageRepository' IS NOT NULL`,
  );
  const expected = new Set([...(await codeInUse(tx))]);
  for (const digest of [...digests, ...images.map((image) => image.digest)]) expected.delete(digest);
  if (expected.size > 0) {
    throw new StartError(
      `${expected.size} archives of code are missing in the data directory, the first being ${[...expected][0]}: is HEARTH_DATA the one that Hearth runs with?`,
    );
  }
  return digests;
}

/** Removes what killed back-ups have left; running ones are not touched. */
async function removeOldLinks(dataDirectory: string): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.startsWith(LINKS)) continue;
    const pid = Number(name.slice(LINKS.length).split("-")[0]);
    if (!Number.isInteger(pid) || !isAlive(pid)) await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
