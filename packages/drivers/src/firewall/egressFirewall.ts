import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { HostShell } from "./hostShell.ts";
import { proveEgress, type RunProbe } from "./probe.ts";
import { type EgressRules, installScript, removeScript } from "./rules.ts";

export interface EgressFirewallDeps {
  readonly shell: HostShell;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Other programs rewrite a host's firewall; what they took away is back after this time. */
const RENEW_EVERY_MS = 30_000;

/** The rules between sandboxes with a network and this host, kept in place until disposed. */
export class EgressFirewall implements AsyncDisposable {
  readonly #rules: EgressRules;
  readonly #deps: EgressFirewallDeps;
  readonly #renewing: BackgroundLoop;
  #proof: Promise<void> | undefined;

  private constructor(rules: EgressRules, deps: EgressFirewallDeps) {
    this.#rules = rules;
    this.#deps = deps;
    const script = installScript(rules);
    this.#renewing = new BackgroundLoop(
      "egress firewall",
      RENEW_EVERY_MS,
      (signal) => deps.shell(script, signal),
      deps,
    );
  }

  /** Puts the rules in place. Rejects when they cannot be: then functions must get no network. */
  static async install(rules: EgressRules, deps: EgressFirewallDeps, signal: AbortSignal): Promise<EgressFirewall> {
    await deps.shell(installScript(rules), signal);
    return new EgressFirewall(rules, deps);
  }

  /** Has `run` try from inside a sandbox what must not be reached: once; later calls share the result. Rejects when something is. */
  prove(gateway: string, run: RunProbe): Promise<void> {
    this.#proof ??= this.#prove(gateway, run);
    return this.#proof;
  }

  async #prove(gateway: string, run: RunProbe): Promise<void> {
    await proveEgress(gateway, run);
    this.#deps.logger.info(
      { bridge: this.#rules.bridge },
      "the egress firewall is proven: a sandbox reaches neither this host nor its metadata",
    );
  }

  /** Takes the rules away. No sandbox may have a network then. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewing[Symbol.asyncDispose]();
    try {
      await this.#deps.shell(removeScript(this.#rules), AbortSignal.timeout(20_000));
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        "the egress firewall's rules could not be removed; the next start replaces them",
      );
    }
  }
}
