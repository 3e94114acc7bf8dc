import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@hearth/kit";

/** Names the invoker of this data directory across restarts: one that was killed does not have to be waited for. Call it under the instance's lock. */
export function invokerId(dataDirectory: string, random: Random): string {
  const path = join(dataDirectory, "invoker-id");
  const known = readId(path);
  if (known) return known;
  const id = random.uuid();
  writeFileSync(path, `${id}\n`);
  return id;
}

function readId(path: string): string | undefined {
  try {
    const id = readFileSync(path, "utf8").trim();
    return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
