import { newMasterKey } from "@hearth/kit";
import { type Database, MasterKeyMissing, registerCurrentKey, registeredKeyIds, rotateMasterKeys } from "@hearth/store";
import { MasterKeyFile } from "../masterKeyFile.ts";
import { loadMasterKeys } from "../openMasterKeys.ts";
import { StartError } from "../startError.ts";
import type { MaintenanceBase } from "./maintenanceBase.ts";
import { openExistingDatabase } from "./openExistingDatabase.ts";

/**
 * `hearth master-key rotate`: encrypts every secret with a new master key. With a key file the new key is made here, and a running Hearth takes it
 * over by itself. With HEARTH_MASTER_KEY the owner must have put the new key first and restarted the processes before.
 */
export async function rotateMasterKey(base: MaintenanceBase, args: readonly string[]): Promise<void> {
  if (args.length > 0) throw new StartError(`unexpected argument: ${args.join(" ")}`);
  await using stack = new AsyncDisposableStack();
  const database = await openExistingDatabase(base, stack);
  const known = await registeredKeyIds(database);
  if (known.length === 0) throw new StartError("The database holds no secrets yet: start Hearth once.");
  loadMasterKeys(base.config, database, known);
  try {
    if (base.config.HEARTH_MASTER_KEY) await rotateConfigured(base, database, base.config.HEARTH_MASTER_KEY, known);
    else await rotateFile(base, database, new MasterKeyFile(base.config.HEARTH_DATA));
  } catch (error) {
    throw error instanceof MasterKeyMissing ? new StartError(error.message) : error;
  }
}

async function rotateConfigured(
  { out }: MaintenanceBase,
  database: Database,
  configured: readonly string[],
  known: readonly string[],
): Promise<void> {
  if (configured.length === 1 && known.every((id) => id === database.keys.currentId)) {
    throw new StartError(
      `HEARTH_MASTER_KEY holds one key, so there is nothing to rotate to. Put a new one in front of it, such as HEARTH_MASTER_KEY=${newMasterKey()},<the old one>, ` +
        "restart control, events and invoker with it, and run this again.",
    );
  }
  const rows = await rotateMasterKeys(database);
  out(`${rows} rows are encrypted with the new key. Now remove the old key from HEARTH_MASTER_KEY and restart.`);
}

/** At every moment the file holds each key that a row may be encrypted with, so that this can be interrupted and repeated. */
async function rotateFile({ out }: MaintenanceBase, database: Database, file: MasterKeyFile): Promise<void> {
  const old = file.read() ?? [];
  const fresh = newMasterKey();
  file.replace([...old, fresh]); // every process can decrypt with the new key before any row uses it
  database.keys.set([fresh, ...old]);
  await registerCurrentKey(database);
  file.replace([fresh, ...old]);
  const rows = await rotateMasterKeys(database);
  file.replace([fresh]);
  out(
    `${rows} rows are encrypted with the new key. The old key is gone from ${file.path}; back-ups from before need it.`,
  );
}
