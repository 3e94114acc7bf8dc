import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@hearth/kit";

/** Removes a file, or a folder with its content, including read-only folders, which otherwise only root could empty. Idempotent. */
export async function removeTree(path: string): Promise<void> {
  await makeWritable(path);
  await rm(path, { recursive: true, force: true });
}

async function makeWritable(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === "ENOTDIR") return [];
    throw error;
  });
  for (const entry of entries) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
