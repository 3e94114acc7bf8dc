import type { Logger } from "@hearth/kit";
import { type Database, MasterKeyMissing, registeredKeyIds, useMasterKeys } from "@hearth/store";
import type { Config } from "./config.ts";
import { MasterKeyFile } from "./masterKeyFile.ts";
import { StartError } from "./startError.ts";

type MasterKeyConfig = Pick<Config, "HEARTH_DATA" | "HEARTH_MASTER_KEY">;

/**
 * Gives `database` the master keys: those of HEARTH_MASTER_KEY, otherwise those of the file in the data directory, which the first start makes.
 * Encrypts values that are still in plain text. Rejects with a StartError when the database is encrypted with another key.
 */
export async function openMasterKeys(config: MasterKeyConfig, database: Database, logger: Logger): Promise<void> {
  const known = await registeredKeyIds(database);
  loadMasterKeys(config, database, known);
  try {
    await useMasterKeys(database, logger);
  } catch (error) {
    if (!(error instanceof MasterKeyMissing)) throw error;
    const source = config.HEARTH_MASTER_KEY
      ? "HEARTH_MASTER_KEY must be the key that this database was first started with"
      : `${new MasterKeyFile(config.HEARTH_DATA).path} is of another installation: put the right one there, or set HEARTH_MASTER_KEY`;
    throw new StartError(
      `${error.message} ${source}. Without that key, access keys and functions' variables cannot be read.`,
    );
  }
}

/** The same without reading the database. `known`: the ids of the keys in use; if it is empty, a key is made. */
export function loadMasterKeys(config: MasterKeyConfig, database: Database, known: readonly string[]): void {
  if (config.HEARTH_MASTER_KEY) {
    database.keys.set(config.HEARTH_MASTER_KEY);
    return;
  }
  const file = new MasterKeyFile(config.HEARTH_DATA);
  const keys = file.read() ?? (known.length === 0 ? file.create() : undefined);
  if (!keys) {
    throw new StartError(
      `The master key is missing: the database is encrypted with the key ${known.join(" and ")}, and there is neither HEARTH_MASTER_KEY nor ${file.path}. ` +
        "Restore one of them from a back-up. Control, events and invoker all need the same key.",
    );
  }
  database.keys.set(keys);
  database.keys.follow(() => file.readIfReplaced());
}
