import type { House } from "@hearth/access";
import type { Delivery, FanOuts } from "@hearth/delivery";

/** What a service that sends to ARNs needs of a process, besides what every service needs. */
export interface SendingHouse extends House {
  readonly delivery: Pick<Delivery, "check" | "prepare" | "sendNow">;
  readonly fanOuts: Pick<FanOuts, "add" | "register">;
}
