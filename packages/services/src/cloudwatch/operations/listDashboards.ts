import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidNextToken } from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import { dashboardArn } from "../resourceArn.ts";

const PAGE = 1_000;

export const listDashboards = operation({
  name: "ListDashboards",
  input: structure({ DashboardNamePrefix: text().optional(), NextToken: text().optional() }),
  output: structure({
    DashboardEntries: z.array(
      structure({ DashboardName: z.string(), DashboardArn: z.string(), LastModified: z.date(), Size: z.int() }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [InvalidNextToken],
  async handle({ DashboardNamePrefix = "", NextToken }, context, { dashboards }: Pick<CloudWatchDeps, "dashboards">) {
    const after = keyIn(NextToken, "string", "");
    const found = await dashboards.list(context, { prefix: DashboardNamePrefix, after, limit: PAGE + 1 });
    const { rows, token } = pageOf(found, PAGE, ({ DashboardName }) => DashboardName);
    return {
      DashboardEntries: rows.map(({ DashboardName, modifiedAt, size }) => ({
        DashboardName,
        DashboardArn: dashboardArn(context, DashboardName),
        LastModified: new Date(modifiedAt),
        Size: size,
      })),
      ...token,
    };
  },
});
