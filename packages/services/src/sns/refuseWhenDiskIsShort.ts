import { ThrottlingException } from "@hearth/model";
import type { SnsDeps } from "./deps.ts";

/** Refuses what is stored before it could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<SnsDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for messages.");
}
