import { type Clock, Semaphore } from "@hearth/kit";
import type { FunctionIndex, FunctionKey, FunctionUrlStore, IndexedFunction } from "@hearth/store";
import type { HttpAddress } from "../httpAddress.ts";
import type { EndpointKind, HttpEndpoint } from "../httpEndpoint.ts";
import { UrlEndpoint, type UrlEndpointDeps } from "./urlEndpoint.ts";
import { unknownUrl } from "./urlReplies.ts";

export interface FunctionUrlsDeps extends UrlEndpointDeps {
  readonly functions: Pick<FunctionIndex, "find" | "load">;
  readonly store: Pick<FunctionUrlStore, "ownerOf">;
  readonly clock: Clock;
}

const MAX_OWNERS = 100_000;
/** How long an id that belongs to no URL is answered without asking PostgreSQL again. */
const UNKNOWN_MS = 2_000;
const MAX_UNKNOWN = 10_000;
/** Look-ups at the same time: a client that tries many ids must not take up the connections that other requests need. */
const LOOK_UPS = 2;

/**
 * Function URLs. Which function an id belongs to never changes, and is remembered; the URL itself is part of the function in the index, which follows the
 * change log. So a warm request needs no look-up, and a URL that was deleted or changed answers accordingly as soon as the change's call has returned.
 */
export class FunctionUrls implements EndpointKind {
  readonly forms = ["url"] as const;
  readonly unknown = unknownUrl;
  readonly #deps: FunctionUrlsDeps;
  readonly #owners = new Map<string, FunctionKey>();
  readonly #unknownUntil = new Map<string, number>();
  readonly #lookUps = new Semaphore(LOOK_UPS);
  /** The endpoints of a function, for as long as the index has it in this state. */
  readonly #endpoints = new WeakMap<IndexedFunction, Map<string, UrlEndpoint>>();

  constructor(deps: FunctionUrlsDeps) {
    this.#deps = deps;
  }

  find({ id, region }: HttpAddress): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
    const owner = this.#owners.get(id);
    const fn = owner && this.#deps.functions.find(owner, owner.FunctionName);
    if (fn) return this.#endpointOf(fn, id, region);
    if (!owner && (this.#unknownUntil.get(id) ?? 0) > this.#deps.clock.monotonicMs()) return undefined;
    return this.#load(id, region);
  }

  async #load(id: string, region: string | undefined): Promise<HttpEndpoint | undefined> {
    const owner = this.#owners.get(id) ?? (await this.#lookUp(id));
    const fn = owner && (await this.#deps.functions.load(owner, owner.FunctionName));
    return fn && this.#endpointOf(fn, id, region);
  }

  async #lookUp(id: string): Promise<FunctionKey | undefined> {
    using _permit = await this.#lookUps.acquire();
    const owner = await this.#deps.store.ownerOf(id);
    if (owner) {
      if (this.#owners.size >= MAX_OWNERS) this.#owners.clear();
      this.#owners.set(id, owner);
    } else {
      if (this.#unknownUntil.size >= MAX_UNKNOWN) this.#unknownUntil.clear();
      this.#unknownUntil.set(id, this.#deps.clock.monotonicMs() + UNKNOWN_MS);
    }
    return owner;
  }

  #endpointOf(fn: IndexedFunction, id: string, region: string | undefined): UrlEndpoint | undefined {
    if (region !== undefined && region !== fn.region) return undefined;
    let known = this.#endpoints.get(fn);
    if (!known) this.#endpoints.set(fn, (known = new Map()));
    const endpoint = known.get(id);
    if (endpoint) return endpoint;
    const url = fn.urls?.get(id);
    if (!url) return undefined;
    const made = new UrlEndpoint({ id, fn, url }, this.#deps);
    known.set(id, made);
    return made;
  }
}
