import { Senders } from "@hearth/access";
import { EventSources, openSources } from "@hearth/event-sources";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import type { InvokerParts } from "./openInvoker.ts";
import type { Sending } from "./sending.ts";
import { serviceHouse } from "./serviceHouse.ts";
import { sourceDeps } from "./sourceDeps.ts";

/**
 * The pollers of event source mappings, in the process that runs functions: a batch goes to its function without a hop, and the pool knows how many of them it
 * has room for. They begin when `start` is called, and stop with `drain`; they are put on `stack`.
 */
export function openEventSources(
  base: Base,
  house: House,
  sending: Sending,
  invoker: Pick<InvokerParts, "invoking" | "functions">,
  stack: AsyncDisposableStack,
): EventSources {
  const { config, clock, random, logger, registry } = base;
  const { database } = house.opened;
  const { eventSourceMappings, eventSourceUnits, sourceRemains } = house.stores;
  const { authorizer, identities } = house.access;
  const senders = new Senders({ authorizer: authorizer(serviceHouse(base, house, sending)), identities });
  return stack.use(
    new EventSources(
      { budgetBytes: config.HEARTH_EVENT_SOURCE_MEMORY_MB * 1024 ** 2 },
      {
        sources: openSources(sourceDeps(base, house, () => senders, invoker.functions)),
        database,
        mappings: eventSourceMappings,
        units: eventSourceUnits,
        remains: sourceRemains,
        invoking: invoker.invoking,
        functions: invoker.functions,
        sending: sending.delivery,
        metricSink: house.metricSink,
        refusalOf: async (sender, needed) => await senders.refusalOf(sender, needed),
        clock,
        random,
        logger,
        registry,
      },
    ),
  );
}
