import { methodSettingsOf, type RestStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { NamedBuckets } from "./namedBuckets.ts";
import type { RoutedCall } from "./restCall.ts";

/** Token buckets of one stage: of its methods, and of API keys under usage plans. They belong to this process. */
export class RestThrottles extends NamedBuckets {
  readonly #stage: RestStage;

  constructor(stage: RestStage, clock: Clock) {
    super(clock);
    this.#stage = stage;
  }

  /** False when the limits of the method, as the stage's settings have them, are used up. */
  admitsMethod({ route }: RoutedCall): boolean {
    const { httpMethod } = route.method;
    const { throttlingRateLimit, throttlingBurstLimit } = methodSettingsOf(this.#stage, {
      path: route.resource.path,
      httpMethod,
    });
    return this.admits(`method ${httpMethod} ${route.resource.path}`, {
      rateLimit: throttlingRateLimit,
      burstLimit: throttlingBurstLimit,
    });
  }
}
