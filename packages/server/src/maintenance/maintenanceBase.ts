import type { Base } from "../base.ts";

/** What every maintenance command is built on. */
export interface MaintenanceBase extends Pick<Base, "config" | "clock" | "random" | "logger"> {
  /** Writes to standard output. */
  out(text: string): void;
}
