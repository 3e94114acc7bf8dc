import { email, httpNotification, type OutsideKind, RateLimits } from "@hearth/delivery";
import { OutboundRateStore } from "@hearth/store";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** Kinds of targets outside Hearth. */
export function openOutsideKinds({ clock, random }: Base, { opened, outbound, mailer }: House): readonly OutsideKind[] {
  const limits = new RateLimits({ rates: new OutboundRateStore(opened.database), clock, random });
  return [httpNotification({ outbound, limits, random }), email({ mailer, limits, random })];
}
