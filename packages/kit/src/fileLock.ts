import { DatabaseSync } from "node:sqlite";

/**
 * Takes the lock file `path` at once or not at all: returns `undefined` when another process, or another part of this one, holds it. The kernel
 * releases the lock when its holder dies for any reason, and the lock works across containers that share the volume. (Node has no API for file
 * locks, so this uses SQLite's lock of an exclusive transaction. The file stays empty: never delete it while it may be in use.)
 */
export function tryLockFile(path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  let held = true;
  return {
    [Symbol.dispose]: () => {
      if (!held) return;
      held = false;
      database.exec("ROLLBACK");
      database.close();
    },
  };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
