import { totalmem } from "node:os";
import { Gateway, TrustedProxies } from "@hearth/gateway";
import type { Base } from "./base.ts";

/** The part of the memory that bodies of requests for function URLs and APIs may take. */
const BODIES_SHARE = 1 / 8;

/** The HTTP front of function URLs and APIs, for a process that runs functions. */
export function openGateway({ config, clock, random, logger }: Base): Gateway {
  return new Gateway({
    kinds: [],
    trustedProxies: new TrustedProxies(config.HEARTH_TRUSTED_PROXIES),
    maxHeldBytes: totalmem() * BODIES_SHARE,
    clock,
    random,
    logger,
  });
}
