import type { Clock, Logger, Random } from "@hearth/kit";
import type { Engine } from "./engine.ts";
import { ProcessEngine } from "./process/engine.ts";

export interface EngineChoice {
  /** `auto`: docker when a Docker Engine answers, otherwise process. */
  readonly driver: "auto" | "docker" | "process";
  /** `weight` shares idle CPU; `quota` caps a function at its share once its init is over. */
  readonly cpu: "weight" | "quota";
  readonly egress: {
    /** `CIDR:port`, such as `10.1.2.0/24:5432`: what functions may reach of what is closed to them otherwise. */
    readonly allow: readonly string[];
    /** Gives functions a network also where the firewall cannot be installed. */
    readonly unfiltered: boolean;
  };
  /** Where Hearth's own runtime images are pulled from, such as `ghcr.io/example`. */
  readonly imageRegistry?: string;
  /** Where Debian packages come from when images are built here. */
  readonly debianMirror?: string;
}

export interface EngineDeps extends EngineChoice {
  readonly dataDir: string;
  readonly installation: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Chooses and prepares the engine. Rejects when `docker` is demanded and no engine answers. */
export async function createEngine(deps: EngineDeps, signal: AbortSignal): Promise<Engine> {
  signal.throwIfAborted();
  return new ProcessEngine(deps);
}
