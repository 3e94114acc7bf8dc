import { operation } from "@hearth/wire";
import { configurationOf, type FunctionRecord } from "@hearth/store";
import { z } from "zod";
import type { AdminDeps } from "./deps.ts";

const PAGE = 500;
const RECENT_MS = 24 * 3_600_000;

/** Every function of the caller's account in the region that it signed for, with its state and what it did in the last 24 hours. */
export const listFunctions = operation({
  name: "ListFunctions",
  http: ["GET", "/_hearth/functions", 200],
  input: z.object({}),
  errors: [],
  async handle(
    _input,
    { caller: { accountId }, region },
    { functions, usage, clock, flushUsage }: Pick<AdminDeps, "functions" | "usage" | "clock" | "flushUsage">,
  ) {
    await flushUsage();
    const where = { accountId, region };
    const recent = new Map(
      (await usage.recent(where, new Date(clock.now() - RECENT_MS))).map((use) => [use.functionName, use]),
    );
    const found: FunctionRecord[] = [];
    for (let Marker: string | undefined; ;) {
      const page = await functions.list(where, { MaxItems: PAGE, ...(Marker !== undefined && { Marker }) });
      found.push(...page.items);
      Marker = page.NextMarker;
      if (Marker === undefined) break;
    }
    return {
      region,
      functions: found.map((record) => {
        const { FunctionName, Runtime, PackageType, State, LastUpdateStatus, LastModified } = configurationOf(record);
        const use = recent.get(FunctionName ?? "");
        return {
          FunctionName,
          PackageType,
          Runtime,
          State,
          LastUpdateStatus,
          LastModified,
          recentInvocations: use?.invocations ?? 0,
          recentErrors: use?.errors ?? 0,
        };
      }),
    };
  },
});
