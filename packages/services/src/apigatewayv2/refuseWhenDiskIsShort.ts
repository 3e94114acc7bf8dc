import type { ApiGatewayDeps } from "./deps.ts";
import { TooManyRequestsException } from "./errors.ts";

/** Refuses new APIs and new parts of them before they could fill the disk. */
export function refuseWhenDiskIsShort({ disk }: Pick<ApiGatewayDeps, "disk">): void {
  if (disk.isShort) throw new TooManyRequestsException("The host has too little free disk space for APIs.");
}
