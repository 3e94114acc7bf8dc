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

/** Finds the route for a request's host name, such as that of a function URL, an API or a bucket. */
export class HostRoutes<Target> {
  readonly #routes: readonly HostRoute<Target>[];

  constructor(routes: readonly HostRoute<Target>[]) {
    this.#routes = routes;
  }

  find(host: string | undefined): HostMatch<Target> | undefined {
    if (this.#routes.length === 0 || host === undefined) return undefined;
    const name = host.replace(/:\d+$/, "").toLowerCase();
    for (const { pattern, target } of this.#routes) {
      const match = pattern.exec(name);
      if (match) return { target, captured: match[1] };
    }
    return undefined;
  }
}
