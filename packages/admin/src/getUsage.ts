import { ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { Day, days } from "./days.ts";
import type { AdminDeps } from "./deps.ts";

/** What the caller's functions used, summed by function and day (UTC, both ends included). The last 30 days by default. */
export const getUsage = operation({
  name: "GetUsage",
  http: ["GET", "/_hearth/usage", 200],
  query: { from: "from", to: "to", function: "function" },
  input: z.object({ from: Day.optional(), to: Day.optional(), function: z.string().min(1).max(64).optional() }),
  errors: [ValidationException],
  async handle(
    { function: functionName, ...period },
    { caller: { accountId } },
    { usage, clock, flushUsage }: Pick<AdminDeps, "usage" | "clock" | "flushUsage">,
  ) {
    await flushUsage();
    const query = { accountId, ...days(period, clock) };
    return { usage: await usage.sums(functionName === undefined ? query : { ...query, functionName }) };
  },
});
