import { AccessDeniedException, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { Accounts, Day, days } from "./days.ts";
import { type AdminDeps, ownerOnly } from "./deps.ts";

/** What the caller's functions used, or for the owner those of all accounts, summed by function and day (UTC, both ends included). The last 30 days by default. */
export const getUsage = operation({
  name: "GetUsage",
  http: ["GET", "/_hearth/usage", 200],
  query: { from: "from", to: "to", function: "function", accounts: "accounts" },
  input: z.object({
    from: Day.optional(),
    to: Day.optional(),
    function: z.string().min(1).max(64).optional(),
    accounts: Accounts,
  }),
  errors: [AccessDeniedException, ValidationException],
  async handle(
    { function: functionName, accounts, ...period },
    { caller },
    { usage, clock, flushUsage }: Pick<AdminDeps, "usage" | "clock" | "flushUsage">,
  ) {
    if (accounts === "all") ownerOnly(caller, "GetUsage of all accounts");
    await flushUsage();
    const query = { ...(accounts !== "all" && { accountId: caller.accountId }), ...days(period, clock) };
    return { usage: await usage.sums(functionName === undefined ? query : { ...query, functionName }) };
  },
});
