import { type Clock, type Logger, Registry, silentLogger, SystemClock } from "@hearth/kit";
import { Outbound, type OutboundOptions } from "../outbound.ts";
import { parseOutboundGrant } from "@hearth/kit";
import { OutboundMetrics } from "../outboundMetrics.ts";
import { trustedAuthorities } from "../trustedAuthorities.ts";

export interface OutboundForOptions extends Partial<OutboundOptions> {
  /** Entries of HEARTH_OUTBOUND_ALLOW. */
  readonly allow?: readonly string[];
  /** What names resolve to; each resolution takes the next list, and the last one stays. */
  readonly names?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly authorities?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The door with the given grants, and the metrics that it writes. */
export function outboundFor({
  allow = [],
  names = {},
  authorities,
  clock = new SystemClock(),
  logger = silentLogger,
  ...options
}: OutboundForOptions = {}): {
  readonly outbound: Outbound;
  readonly registry: Registry;
} {
  const registry = new Registry();
  const asked = new Map<string, number>();
  const grants = allow.map((text) => {
    const grant = parseOutboundGrant(text);
    if (!grant) throw new Error(`${text} is not a grant`);
    return grant;
  });
  const outbound = new Outbound(
    { grants, ownServers: [], limits: { total: 100, perAccount: 10, waitingPerAccount: 10 }, ...options },
    {
      resolve: async (host) => {
        const answers = names[host];
        if (!answers) return [host];
        const at = asked.get(host) ?? 0;
        asked.set(host, at + 1);
        return answers[Math.min(at, answers.length - 1)] ?? [];
      },
      authorities: trustedAuthorities(authorities),
      metrics: new OutboundMetrics(registry),
      clock,
      logger,
    },
  );
  return { outbound, registry };
}
