import { ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { Day, days } from "./days.ts";
import type { AdminDeps } from "./deps.ts";

/** What the caller's account used of hosted services, summed by day, region, service, unit and resource. The last 30 days by default. */
export const getServiceUsage = operation({
  name: "GetServiceUsage",
  http: ["GET", "/_hearth/usage/services", 200],
  query: { from: "from", to: "to", service: "service" },
  input: z.object({ from: Day.optional(), to: Day.optional(), service: z.string().min(1).max(64).optional() }),
  errors: [ValidationException],
  async handle(
    { service, ...period },
    { caller: { accountId } },
    { serviceUsage, clock, flushUsage }: Pick<AdminDeps, "serviceUsage" | "clock" | "flushUsage">,
  ) {
    await flushUsage();
    const query = { accountId, ...days(period, clock) };
    return { usage: await serviceUsage.sums(service === undefined ? query : { ...query, service }) };
  },
});
