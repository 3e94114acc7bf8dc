import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Random, writeDurableFile } from "@hearth/kit";

/** The label of everything on this host that belongs to one data directory: 12 hexadecimal digits, generated once. */
export function installationId(dataDir: string, random: Random): string {
  const path = join(dataDir, "installation-id");
  // The first process wins. Written only once, because each start would have to wait for the disk.
  if (!existsSync(path)) writeDurableFile(path, `${random.hex(6)}\n`, { mode: 0o644, keepExisting: true });
  const id = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{12}$/.test(id))
    throw new Error(`${path} does not hold 12 hexadecimal digits; remove it to get a new one`);
  return id;
}
