import { choice, decodeCursor, encodeCursor, integer, structure } from "@hearth/model";
import type { SecretRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidNextTokenException, InvalidParameterException } from "../errors.ts";
import { secretFacts, stagesByVersion } from "../secretAnswer.ts";
import { secretFilter } from "../secretFilters.ts";
import * as words from "../words.ts";

const PAGE = 100;
/** Looked at in one request: one that finds little goes on in the next one. */
const MAX_LOOKED_AT = 2_000;
const BATCH = 200;

export const listSecrets = operation({
  name: "ListSecrets",
  input: structure({
    IncludePlannedDeletion: words.Bool,
    MaxResults: integer({ min: 1, max: 100 }).optional(),
    NextToken: words.NextToken,
    Filters: words.Filters,
    SortOrder: choice(["asc", "desc"]).optional(),
    SortBy: choice(["created-date", "last-accessed-date", "last-changed-date", "name"]).optional(),
  }),
  output: structure({ SecretList: z.array(words.ListedSecret), NextToken: z.string().optional() }),
  errors: [InvalidNextTokenException, InvalidParameterException],
  async handle(input, context, { secrets, versions, clock }: Pick<SecretsDeps, "secrets" | "versions" | "clock">) {
    const { MaxResults: limit = PAGE, Filters = [], SortBy: orderBy = "created-date", SortOrder = "asc" } = input;
    const matches = secretFilter(Filters);
    let after = input.NextToken === undefined ? undefined : decodeCursor(input.NextToken, ["number", "string"]);
    if (input.NextToken !== undefined && !after) throw new InvalidNextTokenException("Invalid NextToken.");
    const order = {
      orderBy,
      descending: SortOrder === "desc",
      withDeleted: input.IncludePlannedDeletion ?? false,
    };
    const found: SecretRecord[] = [];
    let NextToken: string | undefined;
    search: for (let seen = 0; ;) {
      const batch = await secrets.list(context, { ...order, after, limit: BATCH });
      seen += batch.length;
      for (const secret of batch) {
        if (matches(secret)) {
          // One more than the page holds shows that there is a further page.
          if (found.length === limit) {
            NextToken = after && encodeCursor(after);
            break search;
          }
          found.push(secret);
        }
        after = [secret.orderMs, secret.Name];
      }
      if (batch.length < BATCH) break;
      if (seen >= MAX_LOOKED_AT) {
        NextToken = after && encodeCursor(after);
        break;
      }
    }
    const nowMs = clock.now();
    const SecretList = await Promise.all(
      found.map(async (secret) => ({
        ...secretFacts(secret, nowMs),
        SecretVersionsToStages: stagesByVersion(await versions.list(secret)),
      })),
    );
    return { SecretList, ...(NextToken !== undefined && { NextToken }) };
  },
});
