import type { Base, Running } from "./base.ts";
import { composeLauncher } from "./composeLauncher.ts";
import { composeServer } from "./composeServer.ts";

/** Builds the process of the configured role. The compose files are the only places that make long-lived objects. */
export async function compose(base: Base, embedded: boolean): Promise<Running> {
  return base.config.HEARTH_ROLE === "launcher" ? composeLauncher(base, embedded) : await composeServer(base);
}
