import type { Delivery, FanOuts } from "@hearth/delivery";

/** What a process sends with. */
export interface Sending {
  readonly delivery: Delivery;
  readonly fanOuts: FanOuts;
}
