import { hash } from "node:crypto";
import type { Watch } from "@hearth/model";

/** The buckets that others write to without Hearth. */
export class Watches {
  readonly #watches: readonly Watch[];
  /** By the hash of their secret, so that looking one up tells nothing about it by the time it takes. */
  readonly #senders = new Map<string, Set<string>>();

  constructor(watches: readonly Watch[]) {
    this.#watches = watches;
    for (const watch of watches) {
      if (watch.kind !== "webhook") continue;
      const name = hash("sha256", watch.secret, "hex");
      const buckets = this.#senders.get(name) ?? new Set();
      this.#senders.set(name, buckets.add(watch.bucket));
    }
  }

  get hasWebhooks(): boolean {
    return this.#senders.size > 0;
  }

  get lists(): boolean {
    return this.#watches.some(({ kind }) => kind === "list");
  }

  isWatched(bucket: string): boolean {
    return this.#watches.some((watch) => watch.bucket === bucket || watch.bucket === "*");
  }

  /** Seconds between listings; an entry of the bucket comes before one of all buckets. */
  listedEvery(bucket: string): number | undefined {
    const of = (name: string): number | undefined => {
      const found = this.#watches.find((watch) => watch.kind === "list" && watch.bucket === name);
      return found?.kind === "list" ? found.everySeconds : undefined;
    };
    return of(bucket) ?? of("*");
  }

  /** Which buckets the sender with this secret may report about; `undefined`: there is no such secret. */
  reportsOf(secret: string): ((bucket: string) => boolean) | undefined {
    const buckets = this.#senders.get(hash("sha256", secret, "hex"));
    return buckets && ((bucket) => buckets.has(bucket) || buckets.has("*"));
  }
}
