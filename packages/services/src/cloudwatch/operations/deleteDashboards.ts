import { list, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { CloudWatchDeps } from "../deps.ts";
import { DashboardNotFoundError } from "../errors.ts";

/** All of them, or none when one does not exist. */
export const deleteDashboards = operation({
  name: "DeleteDashboards",
  input: structure({ DashboardNames: list() }),
  output: structure({}),
  errors: [DashboardNotFoundError],
  async handle({ DashboardNames }, context, { dashboards }: Pick<CloudWatchDeps, "dashboards">) {
    const missing = await dashboards.delete(context, DashboardNames);
    if (missing.length > 0) throw new DashboardNotFoundError(`Dashboard ${missing.join(", ")} does not exist`);
    return {};
  },
});
