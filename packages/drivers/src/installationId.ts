import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@hearth/kit";

/** The label of everything on this host that belongs to one data directory: 12 hexadecimal digits, generated once. */
export function installationId(dataDir: string, random: Random): string {
  const path = join(dataDir, "installation-id");
  const candidate = `${path}.${random.hex(4)}`;
  writeFileSync(candidate, `${random.hex(6)}\n`, { mode: 0o644 });
  try {
    linkSync(candidate, path); // fails if the file exists: the first process wins, and no reader sees a partial file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(candidate);
  }
  const id = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{12}$/.test(id))
    throw new Error(`${path} does not hold 12 hexadecimal digits; remove it to get a new one`);
  return id;
}
