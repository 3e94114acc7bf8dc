import { bool, choice, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import {
  groupNotFound,
  InvalidParameterException,
  LimitExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { checkDestination } from "../filters/checkDestination.ts";
import { checkPattern } from "../filters/checkPattern.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

/** AWS's limit per group. */
const MAX_FILTERS = 2;

export const putSubscriptionFilter = operation({
  name: "PutSubscriptionFilter",
  input: structure({
    logGroupName: words.LogGroupName,
    filterName: words.FilterName,
    filterPattern: words.FilterPattern,
    destinationArn: text({ min: 1 }),
    roleArn: text({ min: 1 }).optional(),
    distribution: choice(["Random", "ByLogStream"]).optional(),
    applyOnTransformedLogs: bool().optional(),
    fieldSelectionCriteria: text({ max: 2000 }).optional(),
    emitSystemFields: z.array(z.string()).optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException, LimitExceededException],
  async handle(
    input,
    context,
    deps: Pick<
      LogsDeps,
      "groups" | "filters" | "clock" | "random" | "findFunction" | "refusalOfSending" | "kinesis" | "delivery"
    >,
  ) {
    words.refuseTransformedLogs(input, input.emitSystemFields);
    const { logGroupName, filterName, filterPattern, destinationArn, roleArn, distribution = "ByLogStream" } = input;
    const { id } = await findGroup(deps, context, logGroupName);
    await checkPattern(deps, id, filterName, filterPattern);
    await checkDestination(deps, context, input);
    const filter = {
      filterName,
      filterPattern,
      destinationArn,
      roleArn: roleArn ?? null,
      distribution,
      creationTime: deps.clock.now(),
    };
    const outcome = await deps.filters.putSubscription(id, filter, MAX_FILTERS);
    if (outcome === "missing") throw groupNotFound();
    if (outcome === "full") throw new LimitExceededException("Resource limit exceeded.");
    return undefined;
  },
});
