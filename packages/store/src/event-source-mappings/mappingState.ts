/** Processes that poll event sources listen on it: something was changed for them to look at. */
export const EVENT_SOURCE_CHANNEL = "hearth_event_sources";

/**
 * States of event source mappings.
 *
 * Creating ─▶ Enabled ⇄ Disabling, Disabled, Enabling; Enabled or Disabled ─▶ Updating ─▶ back; each of these two ─▶ Deleting ─▶ gone.
 *
 * A user's change sets a transitional state. The process that polls ends it, once it polls as the user wants it or has stopped.
 */
export type MappingState = "Creating" | "Enabling" | "Enabled" | "Updating" | "Disabling" | "Disabled" | "Deleting";

export function isTransitional(state: MappingState): boolean {
  return state !== "Enabled" && state !== "Disabled";
}
