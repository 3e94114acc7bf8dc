import type { IotDeps } from "./deps.ts";
import { ThrottlingException } from "./errors.ts";

/** Refuses what is stored before it could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<IotDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space.");
}
