import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { DashboardNotFoundError } from "../errors.ts";
import { dashboardArn } from "../resourceArn.ts";

export const getDashboard = operation({
  name: "GetDashboard",
  input: structure({ DashboardName: text() }),
  output: structure({ DashboardArn: z.string(), DashboardBody: z.string(), DashboardName: z.string() }),
  errors: [DashboardNotFoundError],
  async handle({ DashboardName }, context, { dashboards }: Pick<CloudWatchDeps, "dashboards">) {
    const found = await dashboards.find(context, DashboardName);
    if (!found) throw new DashboardNotFoundError(`Dashboard ${DashboardName} does not exist`);
    return { DashboardArn: dashboardArn(context, DashboardName), DashboardBody: found.DashboardBody, DashboardName };
  },
});
