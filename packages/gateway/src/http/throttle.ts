import type { ApiStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { TokenBucket } from "@hearth/wire";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html */
const DEFAULT_BURST = 5000;

/** The limits of a stage's routes, as its settings have them. A route without limits of its own or of the stage has none. */
export class Throttle {
  readonly #stage: Pick<ApiStage, "defaultRouteSettings" | "routeSettings">;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(stage: Pick<ApiStage, "defaultRouteSettings" | "routeSettings">, clock: Clock) {
    this.#stage = stage;
    this.#clock = clock;
  }

  /** False when the request must be refused. */
  admits(routeKey: string): boolean {
    const { defaultRouteSettings, routeSettings } = this.#stage;
    const own = Object.hasOwn(routeSettings, routeKey) ? routeSettings[routeKey] : undefined;
    const rate = own?.throttlingRateLimit ?? defaultRouteSettings?.throttlingRateLimit;
    const burst = own?.throttlingBurstLimit ?? defaultRouteSettings?.throttlingBurstLimit;
    if (rate === undefined && burst === undefined) return true;
    let bucket = this.#buckets.get(routeKey);
    if (!bucket) {
      bucket = new TokenBucket(
        this.#clock,
        rate ?? Number.MAX_SAFE_INTEGER,
        burst ?? Math.min(DEFAULT_BURST, rate ?? DEFAULT_BURST),
      );
      this.#buckets.set(routeKey, bucket);
    }
    return bucket.take();
  }
}
