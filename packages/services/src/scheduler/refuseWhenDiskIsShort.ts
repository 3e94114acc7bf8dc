import type { SchedulerDeps } from "./deps.ts";
import { ThrottlingException } from "./errors.ts";

/** Refuses new schedules before they could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<SchedulerDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for schedules.");
}
