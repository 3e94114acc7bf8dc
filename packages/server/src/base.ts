import { type Clock, type Logger, type Random, type Registry } from "@hearth/kit";
import type { Config } from "./config.ts";
import type { InFlight } from "./inFlight.ts";

/** What every part of a process is built on. */
export interface Base {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Aborts when the process is asked to stop, also while it is still starting. */
  readonly stop: AbortSignal;
}

/** A running process of any role. Disposing stops everything that it started. */
export interface Running extends AsyncDisposable {
  /** Sent to the process that started it, once everything is ready. */
  readonly ready: Ready;
  /** What a person at the terminal is shown. */
  readonly banner: string;
  /** Settles when it ends by itself, rejecting when that is a failure. */
  readonly ended: Promise<void>;
  /** What it is working on, for a person who waits for its stop. */
  inFlight(): InFlight;
  /** Stops accepting work and resolves when what was running is done, or `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
  /** The last resort: ends at once the processes that would outlive this one. */
  kill(): void;
}

export interface Ready {
  readonly endpoint?: string;
  readonly metrics?: string;
  readonly driver?: "docker" | "process";
}
