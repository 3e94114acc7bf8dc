import { bool, choice, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { fromDimensions } from "../dimensions.ts";
import { InvalidNextToken } from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import * as words from "../words.ts";

const PAGE = 500;
const THREE_HOURS_S = 10_800;
const TWO_WEEKS_S = 14 * 86_400;

/** Metrics with values in the last two weeks. */
export const listMetrics = operation({
  name: "ListMetrics",
  input: structure({
    Namespace: words.Namespace.optional(),
    MetricName: words.MetricName.optional(),
    Dimensions: words.DimensionFilters.optional(),
    NextToken: text().optional(),
    RecentlyActive: choice(["PT3H"]).optional(),
    IncludeLinkedAccounts: bool().optional(),
    OwningAccount: text({ min: 1, max: 255 }).optional(),
  }),
  output: structure({
    Metrics: z.array(
      structure({
        Namespace: z.string(),
        MetricName: z.string(),
        Dimensions: z.array(structure({ Name: z.string(), Value: z.string() })),
      }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [InvalidNextToken],
  async handle(input, context, { series, clock }: Pick<CloudWatchDeps, "series" | "clock">) {
    const { Namespace, MetricName, Dimensions = [], NextToken, RecentlyActive, OwningAccount } = input;
    if (OwningAccount !== undefined && OwningAccount !== context.accountId) return { Metrics: [] };
    const since = Math.floor(clock.now() / 1000) - (RecentlyActive ? THREE_HOURS_S : TWO_WEEKS_S);
    const after = keyIn(NextToken, "number", 0);
    const query = { Namespace, MetricName, dimensions: Dimensions, since, after, limit: PAGE + 1 };
    const { rows, token } = pageOf(await series.list(context, query), PAGE, ({ id }) => Number(id));
    return {
      Metrics: rows.map((row) => ({
        Namespace: row.Namespace,
        MetricName: row.MetricName,
        Dimensions: fromDimensions(row.Dimensions),
      })),
      ...token,
    };
  },
});
