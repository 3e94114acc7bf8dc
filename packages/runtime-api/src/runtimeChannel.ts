import type { RuntimeListener } from "./runtimeListener.ts";
import type { Readiness } from "./readiness.ts";

/** What the parts of one sandbox's endpoint share. */
export interface RuntimeChannel {
  /** Replaced when the sandbox gets an owner. */
  listener: RuntimeListener;
  readonly readiness: Readiness;
}
