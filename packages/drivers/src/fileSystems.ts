import type { FileSystemKey } from "./driver.ts";

/** The folder of this host that holds a file system. */
export interface HostFileSystem {
  /** Absolute. */
  readonly folder: string;
  readonly readOnly: boolean;
}

/** By the ARN of the access point. */
export type FileSystems = ReadonlyMap<string, HostFileSystem>;

/** Throws for an access point that is not configured: a sandbox never starts without the file system that its function needs. */
export function hostFileSystem(
  key: FileSystemKey | undefined,
  fileSystems: FileSystems | undefined,
): HostFileSystem | undefined {
  if (!key) return undefined;
  const found = fileSystems?.get(key.accessPoint);
  if (!found) throw new Error(`the access point ${key.accessPoint} is not configured on this host`);
  return found;
}
