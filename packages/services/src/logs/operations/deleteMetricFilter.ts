import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { filterNotFound, ResourceNotFoundException } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

export const deleteMetricFilter = operation({
  name: "DeleteMetricFilter",
  input: structure({ logGroupName: words.LogGroupName, filterName: words.FilterName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName, filterName }, context, deps: Pick<LogsDeps, "groups" | "filters">) {
    const { id } = await findGroup(deps, context, logGroupName);
    if (!(await deps.filters.delete(id, "metric", filterName))) throw filterNotFound("metric");
    return undefined;
  },
});
