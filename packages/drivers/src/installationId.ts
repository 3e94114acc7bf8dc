import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@hearth/kit";

/** What everything that belongs to one data directory on this host is labelled with: 12 hexadecimal digits, made once. */
export function installationId(dataDir: string, random: Random): string {
  const path = join(dataDir, "installation-id");
  const mine = `${path}.${random.hex(4)}`;
  writeFileSync(mine, `${random.hex(6)}\n`, { mode: 0o644 });
  try {
    linkSync(mine, path); // fails when there is one: the first wins, whole
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(mine);
  }
  const id = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{12}$/.test(id))
    throw new Error(`${path} does not hold 12 hexadecimal digits; remove it to get a new one`);
  return id;
}
