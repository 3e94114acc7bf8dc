import { type Access, openAccess } from "./openAccess.ts";
import type { Base } from "./base.ts";
import { type OpenDatabase, openDatabase } from "./openDatabase.ts";
import { openStores, type Stores } from "./openStores.ts";

/** What every role but the launcher's works with: PostgreSQL, its tables, and who may do what. */
export interface House {
  readonly opened: OpenDatabase;
  readonly stores: Stores;
  readonly access: Access;
}

/** What it opens is put on `stack`. */
export async function openHouse(base: Base, stack: AsyncDisposableStack): Promise<House> {
  const opened = await openDatabase(base, stack);
  const stores = openStores(base, opened.database);
  const access = await openAccess(base, opened.database, stores, stack);
  return { opened, stores, access };
}
