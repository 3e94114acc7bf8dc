import {
  apiDestination,
  bucketTarget,
  ConnectionTokens,
  email,
  httpNotification,
  logGroupTarget,
  type OutsideKind,
  RateLimits,
} from "@hearth/delivery";
import { findApiDestination, tableTarget } from "@hearth/services";
import { OutboundRateStore } from "@hearth/store";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** Kinds of targets outside Hearth. */
export function openOutsideKinds(
  { clock, random }: Base,
  { opened, stores, outbound, mailer, disk, objectStorage, tables, tableStorage }: House,
): readonly OutsideKind[] {
  const limits = new RateLimits({ rates: new OutboundRateStore(opened.database), clock, random });
  const { database } = opened;
  const tokens = new ConnectionTokens({ outbound, clock });
  return [
    httpNotification({ outbound, limits, random }),
    email({ mailer, limits, random }),
    logGroupTarget({ ...stores.logs, disk, clock }),
    bucketTarget({ storage: objectStorage }),
    tableTarget({ tables, storage: tableStorage }),
    apiDestination({ limits, outbound, tokens, find: findApiDestination(database), clock, random }),
  ];
}
