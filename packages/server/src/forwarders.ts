import type { IncomingMessage } from "node:http";
import { Forwarder, type RequestHandler } from "@hearth/wire";
import type { Base } from "./base.ts";
import { sayForwardedFrom } from "./forwardedFrom.ts";
import type { House } from "./house.ts";

/**
 * Passes requests on to the process that serves them: those of `eventServices` (signing names) to the role `events`, all others to `control`.
 * The forwarders are put on `stack`.
 */
export function openForwarders(
  { config, random, logger }: Base,
  { access }: House,
  eventServices: readonly string[],
  stack: AsyncDisposableStack,
): RequestHandler {
  const open = (url: string | undefined): RequestHandler => {
    const { hostname, port } = new URL(url ?? "http://127.0.0.1");
    const address = { host: hostname, port: Number(port || "80") };
    const sayFrom = (request: IncomingMessage, channel: string | undefined) =>
      sayForwardedFrom(access.sessions, request, channel);
    return stack.use(new Forwarder({ ...address, random, logger, sayForwardedFrom: sayFrom })).handle;
  };
  const control = open(config.HEARTH_CONTROL_URL);
  const events = open(config.HEARTH_EVENTS_URL);
  const atEvents = new Set(eventServices);
  return (request, response, channel, service) =>
    (service !== undefined && atEvents.has(service) ? events : control)(request, response, channel, service);
}
