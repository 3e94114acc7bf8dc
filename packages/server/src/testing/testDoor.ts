import { Registry, SystemClock } from "@hearth/kit";
import type { FrontDoorDeps } from "../frontDoor.ts";

/** What a FrontDoor in a test needs beside its handlers. */
export function testDoor(): Pick<FrontDoorDeps, "clock" | "registry" | "limits"> {
  return { clock: new SystemClock(), registry: new Registry(), limits: { total: 1000, perPeer: 500 } };
}
