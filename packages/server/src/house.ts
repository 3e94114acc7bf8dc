import { type Access, openAccess } from "./openAccess.ts";
import type { Base } from "./base.ts";
import { type OpenDatabase, openDatabase } from "./openDatabase.ts";
import { openStores, type Stores } from "./openStores.ts";
import { ServiceMetering } from "@hearth/metering";

/** What every role but the launcher's works with: PostgreSQL, its tables, and who may do what. */
export interface House {
  readonly opened: OpenDatabase;
  readonly stores: Stores;
  readonly access: Access;
  readonly serviceMetering: ServiceMetering;
}

/** What it opens is put on `stack`. */
export async function openHouse(base: Base, stack: AsyncDisposableStack): Promise<House> {
  const opened = await openDatabase(base, stack);
  const stores = openStores(base, opened.database);
  const access = await openAccess(base, opened.database, stack);
  const { clock, random, logger } = base;
  const { serviceUsage } = stores;
  const serviceMetering = stack.use(new ServiceMetering({ serviceUsage, clock, random, logger }));
  return { opened, stores, access, serviceMetering };
}
