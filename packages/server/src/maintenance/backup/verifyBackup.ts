import { StartError } from "../../startError.ts";
import type { MaintenanceBase } from "../maintenanceBase.ts";
import { aboutObjects, verifyBackup } from "./manifest.ts";

/** `hearth backup verify FILE`: reads all of it, and needs neither Hearth nor PostgreSQL. */
export async function verifyBackupFile({ out }: MaintenanceBase, [file, ...others]: readonly string[]): Promise<void> {
  if (file === undefined || others.length > 0) throw new StartError("usage: hearth backup verify FILE");
  const { manifest, schema, hasMasterKey } = await verifyBackup(file);
  out(
    `${file} is whole: of Hearth ${manifest.version} at ${manifest.createdAt}, schema ${schema}, ${manifest.blobs.length} archives of code, ${aboutObjects(manifest)}, ` +
      (hasMasterKey ? "with the master key" : `without the master key ${manifest.database.masterKeyIds.join(" and ")}`),
  );
}
