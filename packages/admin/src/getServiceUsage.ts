import { AccessDeniedException, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { Accounts, Day, days } from "./days.ts";
import { type AdminDeps, ownerOnly } from "./deps.ts";

/** What the caller's account, or for the owner every account, used of hosted services, summed by day, region, service, unit and resource. The last 30 days by default. */
export const getServiceUsage = operation({
  name: "GetServiceUsage",
  http: ["GET", "/_hearth/usage/services", 200],
  query: { from: "from", to: "to", service: "service", accounts: "accounts" },
  input: z.object({
    from: Day.optional(),
    to: Day.optional(),
    service: z.string().min(1).max(64).optional(),
    accounts: Accounts,
  }),
  errors: [AccessDeniedException, ValidationException],
  async handle(
    { service, accounts, ...period },
    { caller },
    { serviceUsage, clock, flushUsage }: Pick<AdminDeps, "serviceUsage" | "clock" | "flushUsage">,
  ) {
    if (accounts === "all") ownerOnly(caller, "GetServiceUsage of all accounts");
    await flushUsage();
    const query = { ...(accounts !== "all" && { accountId: caller.accountId }), ...days(period, clock) };
    return { usage: await serviceUsage.sums(service === undefined ? query : { ...query, service }) };
  },
});
