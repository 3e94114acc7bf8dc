/** A route for all requests whose host name matches. */
export interface HostRoute<Target> {
  /** Tested against the host in lower case, without its port. */
  readonly pattern: RegExp;
  readonly target: Target;
}

export interface HostMatch<Target> {
  readonly target: Target;
  /** What the first group of the pattern captured. */
  readonly captured: string | undefined;
}

/** Hosts whose route is remembered. */
const MAX_KNOWN = 1_000;
const MAX_HOST_LENGTH = 300;

/** Finds the route for a request's host name, such as that of a function URL, an API or a bucket. */
export class HostRoutes<Target> {
  readonly #routes: readonly HostRoute<Target>[];
  /** What was found for hosts as they were written; `null` for those without a route. */
  readonly #known = new Map<string, HostMatch<Target> | null>();

  constructor(routes: readonly HostRoute<Target>[]) {
    this.#routes = routes;
  }

  find(host: string | undefined): HostMatch<Target> | undefined {
    if (this.#routes.length === 0 || host === undefined) return undefined;
    const known = this.#known.get(host);
    if (known !== undefined) return known === null ? undefined : known;
    const found = this.#match(host.replace(/:\d+$/, "").toLowerCase());
    if (host.length > MAX_HOST_LENGTH) return found;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(host, found ?? null);
    return found;
  }

  #match(name: string): HostMatch<Target> | undefined {
    for (const { pattern, target } of this.#routes) {
      const match = pattern.exec(name);
      if (match) return { target, captured: match[1] };
    }
    return undefined;
  }
}
