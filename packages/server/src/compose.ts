import type { Base, Running } from "./base.ts";
import { composeAll } from "./roles/all.ts";
import { composeControl } from "./roles/control.ts";
import { composeEvents } from "./roles/events.ts";
import { composeInvoker } from "./roles/invoker.ts";
import { composeLauncher } from "./roles/launcher.ts";

const ROLES = {
  all: composeAll,
  control: composeControl,
  events: composeEvents,
  invoker: composeInvoker,
  launcher: composeLauncher,
};

/** Builds the process of the configured role. The files of roles, and the `open…` files that they share, are the only places that make long-lived objects. */
export function compose(base: Base, embedded: boolean): Promise<Running> {
  return ROLES[base.config.HEARTH_ROLE](base, embedded);
}
