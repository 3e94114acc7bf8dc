import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { findQuery } from "../insights/findQuery.ts";
import * as words from "../words.ts";

export const stopQuery = operation({
  name: "StopQuery",
  input: structure({ queryId: words.QueryId }),
  output: structure({ success: z.boolean() }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ queryId }, context, deps: Pick<LogsDeps, "queries" | "clock">) {
    const { id } = await findQuery(deps, context, queryId);
    const outcome = await deps.queries.cancel(context, id, deps.clock.now());
    if (outcome !== "cancelled") {
      throw new InvalidParameterException(`Query with id '${queryId}' has ended and cannot be stopped.`);
    }
    return { success: true };
  },
});
