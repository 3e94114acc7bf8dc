import { ThrottlingException } from "@hearth/model";
import type { EventBridgeDeps } from "./deps.ts";

/** Refuses new events before they could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<EventBridgeDeps, "disk">): void {
  if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for events.");
}
