import { Counter } from "@hearth/kit";
import { AccountQuotas } from "@hearth/wire";
import type { Base } from "./base.ts";

/** As on AWS. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests */
const INVOCATIONS_PER_SECOND_AND_CONCURRENCY = 10;

/** The quotas of each account in this process. */
export function openQuotas({ config, clock, registry }: Base): AccountQuotas {
  const refusals = new Counter({
    name: "hearth_quota_refusals_total",
    help: "Requests that were refused because their account was beyond one of its quotas: requests or invocations (a second), connections (requests in flight).",
    labelNames: ["quota"],
    registers: [registry],
  });
  return new AccountQuotas({
    clock,
    requestsPerSecond: config.HEARTH_REQUESTS_PER_SECOND,
    invocationsPerSecond: INVOCATIONS_PER_SECOND_AND_CONCURRENCY * config.HEARTH_CONCURRENCY,
    connections: config.HEARTH_ACCOUNT_CONNECTIONS,
    onRefused: (quota) => refusals.inc({ quota }),
  });
}
