import type { AccountRegion } from "@hearth/model";
import type { EventRuleState } from "@hearth/store";
import type { EventBridgeDeps } from "./deps.ts";
import { ruleNotFound } from "./errors.ts";
import { findBus, ruleKeyOf } from "./findBus.ts";

/** Enables or disables a rule. Rejects with ResourceNotFoundException. */
export async function setRuleState(
  deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory" | "ruleTimers">,
  where: AccountRegion,
  { Name, EventBusName }: { readonly Name: string; readonly EventBusName?: string | undefined },
  State: EventRuleState,
): Promise<void> {
  const key = ruleKeyOf(await findBus(deps, where, EventBusName), Name);
  const changed = await deps.rules.change(
    key,
    ({ settings }) => ({ settings: { ...settings, State } }),
    (tx, rule) => deps.ruleTimers.plan(tx, rule),
  );
  if (!changed) throw ruleNotFound(key);
  deps.directory.forget(key);
  deps.ruleTimers.wake();
}
