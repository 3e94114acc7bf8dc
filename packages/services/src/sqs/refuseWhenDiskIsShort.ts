import { ThrottlingException } from "@hearth/model";
import type { SqsDeps } from "./deps.ts";

/** Refuses new messages before they could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<SqsDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for messages.");
}
