import { ManualClock, Registry, silentLogger, SystemClock, systemRandom, parseOutboundGrant } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { Outbound, OutboundMetrics, trustedAuthorities } from "@hearth/outbound";

export const ACCOUNT = "111111111111";
export const signal = new AbortController().signal;

/** What kinds of targets outside need. Loopback is granted to `granted`, every name resolves to it, and `taken` has the uses of limits. */
export function outsideParts(granted = ACCOUNT) {
  const grant = parseOutboundGrant(`${granted}=127.0.0.0/8`);
  const clock = new SystemClock();
  const outbound = new Outbound(
    { grants: grant ? [grant] : [], ownServers: [], limits: { total: 20, perAccount: 5, waitingPerAccount: 0 } },
    {
      resolve: async (host) => [/^[0-9.]+$/.test(host) ? host : "127.0.0.1"],
      authorities: trustedAuthorities(),
      metrics: new OutboundMetrics(new Registry()),
      clock,
      logger: silentLogger,
    },
  );
  const taken: { readonly key: string; readonly perSecond: number }[] = [];
  const limits = { take: async (key: string, perSecond: number) => void taken.push({ key, perSecond }) };
  return { outbound, limits, taken, clock: new ManualClock(), random: systemRandom };
}

export function messageTo(TargetArn: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: "5d0a7d0e-9a5e-4ee7-a4b0-7f0f3c5e8c11",
    sender: {
      kind: "service",
      accountId: ACCOUNT,
      region: "us-east-1",
      principal: "sns.amazonaws.com",
      sourceArn: `arn:aws:sns:us-east-1:${ACCOUNT}:orders`,
    },
    purpose: "Notification",
    TargetArn,
    body: Buffer.from('{"a":1}'),
    attributes: {},
    hops: 1,
    ...more,
  };
}
