/** Longer host names do not exist. */
const MAX_LENGTH = 253;

/** Custom domain names. `*.example.com` covers every name that ends in `.example.com`; the most specific name wins. */
export class DomainNames {
  readonly #names: ReadonlySet<string>;
  readonly #hasWildcards: boolean;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
    this.#hasWildcards = [...this.#names].some((name) => name.startsWith("*."));
  }

  /** The name that a host name (lower case) belongs to. */
  of(host: string): string | undefined {
    if (host.includes("*")) return undefined; // a wildcard is no host
    if (this.#names.has(host)) return host;
    if (!this.#hasWildcards || host.length > MAX_LENGTH) return undefined;
    for (let dot = host.indexOf("."); dot > 0; dot = host.indexOf(".", dot + 1)) {
      const wildcard = `*${host.slice(dot)}`;
      if (this.#names.has(wildcard)) return wildcard;
    }
    return undefined;
  }
}
