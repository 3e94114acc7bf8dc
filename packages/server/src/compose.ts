import type { Base, Running } from "./base.ts";

/** A process reads the code of its own role only: the launcher, for one, needs half the memory without that of the services. */
const ROLES = {
  all: async () => (await import("./roles/all.ts")).composeAll,
  control: async () => (await import("./roles/control.ts")).composeControl,
  events: async () => (await import("./roles/events.ts")).composeEvents,
  invoker: async () => (await import("./roles/invoker.ts")).composeInvoker,
  launcher: async () => (await import("./roles/launcher.ts")).composeLauncher,
};

/** Builds the process of the configured role. The files of roles, and the `open…` files that they share, are the only places that make long-lived objects. */
export async function compose(base: Base, embedded: boolean): Promise<Running> {
  const composeRole = await ROLES[base.config.HEARTH_ROLE]();
  return await composeRole(base, embedded);
}
