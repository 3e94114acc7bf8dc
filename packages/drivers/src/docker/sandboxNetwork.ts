import { BackgroundLoop, type Clock, type Logger, type Random } from "@hearth/kit";
import type Docker from "dockerode";
import { abortable } from "../abortable.ts";
import { Firewall } from "../firewall/firewall.ts";
import { type Allowed } from "../firewall/ruleset.ts";
import { interpreterContainer } from "./images/interpreter.ts";
import { isNotFound } from "./images/engineImages.ts";
import type { ImageMaker } from "./images/imageMaker.ts";
import { NET_BASE } from "./images/serviceRecipes.ts";
import { INSTALLATION_LABEL, NETWORK_LABEL, SANDBOX_LABEL } from "./labels.ts";
import type { ReadyNetworkMetrics } from "./readyNetworkMetrics.ts";
import { ReadyNetworks, removeHolder } from "./readyNetworks.ts";
import type { SandboxNetworkMode } from "./template.ts";

const RENEW_RULES_EVERY_MS = 30_000;
/** A one-shot container costs the engine about a second of work. */
const RENEW_RULES_BY_CONTAINER_EVERY_MS = 120_000;

export interface SandboxNetworkDeps {
  readonly docker: Docker;
  readonly maker: Pick<ImageMaker, "base">;
  readonly installation: string;
  readonly egress: {
    readonly allow: readonly Allowed[];
    readonly unfiltered: boolean;
    /** What each sandbox may send, and as much again what it may receive; no limit when absent. */
    readonly bytesPerS: number | undefined;
    /** How many networks are kept ready for starts that are waited for. */
    readonly ready: number;
  };
  readonly metrics?: ReadyNetworkMetrics | undefined;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The bridge of sandboxes that may reach the Internet, behind its firewall. Created when such sandboxes are expected, at the latest for the first one. Where the firewall
 * cannot be installed, or a probe gets through it, sandboxes get no network unless the operator allows it.
 */
export class SandboxNetwork implements AsyncDisposable {
  readonly #deps: SandboxNetworkDeps;
  readonly #name: string;
  readonly #bridge: string;
  readonly #stop = new AbortController();
  #made: Promise<string | undefined> | undefined;
  #firewall: Firewall | undefined;
  #renewal: BackgroundLoop | undefined;
  #ready: ReadyNetworks | undefined;

  constructor(deps: SandboxNetworkDeps) {
    this.#deps = deps;
    this.#name = `hearth-egress-${deps.installation}`;
    this.#bridge = `hth${deps.installation}`; // 15 characters, as many as the kernel takes
  }

  /** The network to attach to, or `undefined` when there is none; the reason is logged once. */
  async name(signal: AbortSignal): Promise<string | undefined> {
    return await abortable(this.#ensure(), signal);
  }

  /** As `name`; for a start that is waited for it may be one that has been made ready, which has to be released. */
  async attach(isAwaited: boolean, signal: AbortSignal): Promise<SandboxNetworkMode | undefined> {
    const name = await this.name(signal);
    if (name === undefined) return undefined;
    const holder = isAwaited ? this.#ready?.take() : undefined;
    this.#deps.metrics?.attached(holder === undefined ? "new" : "ready");
    return holder === undefined ? { name } : { holder };
  }

  /** A network that is ready, for a sandbox that is started later; undefined when there is none. It has to be released. */
  takeReady(): string | undefined {
    // Asking in vain would put off that the next one is made.
    if (!this.#ready || this.#ready.count === 0) return undefined;
    this.#deps.metrics?.attached("ready");
    return this.#ready.take();
  }

  /** The sandbox that had this network has ended. */
  async release(holder: string): Promise<void> {
    await this.#ready?.release(holder);
  }

  /** The container `holder` has ended by itself. */
  died(holder: string): void {
    this.#ready?.died(holder);
  }

  /** Removes containers that a killed launcher kept for networks. */
  async sweep(): Promise<void> {
    const { docker, installation } = this.#deps;
    const label = [`${INSTALLATION_LABEL}=${installation}`, NETWORK_LABEL];
    const containers = await docker.listContainers({ all: true, filters: { label } });
    const unknown = containers.filter(({ Names }) => !Names.some((name) => this.#ready?.names.has(name.slice(1))));
    await Promise.all(unknown.map(({ Id }) => removeHolder(docker.getContainer(Id))));
  }

  /** Makes it in the background, before the first sandbox asks for it. */
  expect(): void {
    this.#ensure().catch(() => undefined); // the sandboxes that ask for it handle the error
  }

  #ensure(): Promise<string | undefined> {
    return (this.#made ??= this.#make().catch((error: unknown) => this.#withoutFirewall(error)));
  }

  async #make(): Promise<string> {
    const { docker, maker, installation, egress, clock, logger } = this.#deps;
    await this.#removeOldProbes();
    await this.#ensureNetwork();
    const image = await maker.base(
      NET_BASE,
      (message) => logger.info({ message }, "the firewall's image"),
      this.#stop.signal,
    );
    const place = { docker, installation, bridge: this.#bridge, networkName: this.#name };
    const { allow, bytesPerS } = egress;
    const firewall = new Firewall({ ...place, allow, bytesPerS, image, stop: this.#stop.signal, clock, logger });
    this.#firewall = firewall;
    await firewall.install();
    const reached = await firewall.probe();
    if (reached.length > 0) throw new Error(`a probe behind the firewall reached ${reached.join(", ")}`);
    const everyMs = firewall.isDirect ? RENEW_RULES_EVERY_MS : RENEW_RULES_BY_CONTAINER_EVERY_MS;
    this.#renewal = new BackgroundLoop("firewall", everyMs, () => this.#renew(firewall), { clock, logger });
    logger.info({ network: this.#name }, "the egress firewall is installed and proven");
    const { ready: count } = egress;
    if (count > 0 && !this.#stop.signal.aborted)
      this.#ready = new ReadyNetworks({ ...this.#deps, networkName: this.#name, image, count });
    return this.#name;
  }

  /** Writes the rules again, since another program may flush them all. When one has, a probe shows whether they still hold. */
  async #renew(firewall: Firewall): Promise<void> {
    const { wereIntact } = await firewall.install();
    if (wereIntact) return;
    const { logger } = this.#deps;
    logger.warn(
      { network: this.#name },
      "another program changed the egress firewall's rules; they are installed again",
    );
    const reached = await firewall.probe();
    if (reached.length > 0) await this.#cutOff(reached);
  }

  /** Takes the network away from all sandboxes, also from those that are started later. */
  async #cutOff(reached: readonly string[]): Promise<void> {
    const error = new Error(`a probe behind the firewall reached ${reached.join(", ")}`);
    this.#made = this.#withoutFirewall(error);
    if ((await this.#made) !== undefined) return; // the operator wants the network also without its firewall
    const network = this.#deps.docker.getNetwork(this.#name);
    const { Containers } = (await network.inspect()) as { Containers?: Readonly<Record<string, unknown>> };
    await Promise.all(Object.keys(Containers ?? {}).map((Container) => network.disconnect({ Container, Force: true })));
  }

  async #withoutFirewall(error: unknown): Promise<string | undefined> {
    const { egress, logger } = this.#deps;
    if (this.#stop.signal.aborted) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    if (egress.unfiltered) {
      await this.#ensureNetwork();
      logger.error(
        { reason },
        `there is no egress firewall: functions reach this host and its networks, as HEARTH_EGRESS_UNFILTERED says${
          egress.bytesPerS === undefined ? "" : ", and HEARTH_NETWORK_MBIT_PER_S does not limit them"
        }`,
      );
      return this.#name;
    }
    logger.error(
      { reason },
      "there is no egress firewall, so functions get no network; HEARTH_EGRESS_UNFILTERED=1 gives them one without it",
    );
    return undefined;
  }

  async #ensureNetwork(): Promise<void> {
    const { docker, installation } = this.#deps;
    try {
      await docker.getNetwork(this.#name).inspect();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await docker.createNetwork({
        Name: this.#name,
        Driver: "bridge",
        Labels: { [INSTALLATION_LABEL]: installation },
        Options: {
          "com.docker.network.bridge.name": this.#bridge,
          "com.docker.network.bridge.enable_icc": "false",
        },
      });
    }
  }

  /** Removes the containers of a launcher that was killed during its probe. */
  async #removeOldProbes(): Promise<void> {
    const { docker, installation } = this.#deps;
    const label = [`${INSTALLATION_LABEL}=${installation}`];
    const containers = await docker.listContainers({ all: true, filters: { label } });
    const interpreter = `/${interpreterContainer(installation)}`; // may be of this launcher, and running
    const probes = containers.filter(({ Labels, Names }) => !(SANDBOX_LABEL in Labels || Names.includes(interpreter)));
    await Promise.all(probes.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  }

  /** Removes the network and its rules. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the launcher is ending"));
    if (!this.#made) return;
    await this.#made;
    await this.#renewal?.[Symbol.asyncDispose]();
    try {
      await this.#ready?.[Symbol.asyncDispose]();
      await this.#firewall?.remove();
      await this.#deps.docker.getNetwork(this.#name).remove();
    } catch (error) {
      if (!isNotFound(error)) this.#deps.logger.warn({ err: error }, "the sandboxes' network could not be removed");
    }
  }
}
