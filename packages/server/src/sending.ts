import type { Delivery, FanOuts } from "@hearth/delivery";
import type { Topics } from "@hearth/topics";

/** What a process sends with. */
export interface Sending {
  readonly delivery: Delivery;
  readonly fanOuts: FanOuts;
  readonly topics: Topics;
}
