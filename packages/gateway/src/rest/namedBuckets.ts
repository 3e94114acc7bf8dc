import type { RestThrottle } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { TokenBucket } from "@hearth/wire";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html */
const DEFAULT_BURST = 5_000;
/** Buckets of one stage. Clients of many API keys have many. */
const MAX_BUCKETS = 10_000;

/** Token buckets by name. They belong to this process. */
export class NamedBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False when the limits under this key are used up. Without limits everything is admitted; a negative limit is none. */
  admits(
    key: string,
    { rateLimit, burstLimit }: { readonly [name in keyof RestThrottle]?: number | undefined },
  ): boolean {
    const rate = rateLimit !== undefined && rateLimit >= 0 ? rateLimit : undefined;
    const burst = burstLimit !== undefined && burstLimit >= 0 ? burstLimit : undefined;
    if (rate === undefined && burst === undefined) return true;
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= MAX_BUCKETS) this.#buckets.clear();
      bucket = new TokenBucket(
        this.#clock,
        rate ?? Number.MAX_SAFE_INTEGER,
        burst ?? Math.min(DEFAULT_BURST, Math.ceil(rate ?? DEFAULT_BURST)),
      );
      this.#buckets.set(key, bucket);
    }
    return bucket.take();
  }
}
