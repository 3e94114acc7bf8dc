import type { SourceDeps } from "@hearth/event-sources";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** What event sources are made of in this process. A new source that needs more adds it to `SourceDeps` and here. */
export function sourceDeps({ clock, random, logger }: Base, { queues }: House): SourceDeps {
  return { clock, random, logger, queues };
}
