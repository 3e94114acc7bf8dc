import { ThrottlingException } from "@hearth/model";
import type { CloudWatchDeps } from "./deps.ts";

/** Refuses new data before it could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<CloudWatchDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for metrics.");
}
