import { list, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { filterPattern } from "../filterPattern.ts";
import { matchInThread } from "../filters/matchInThread.ts";
import * as words from "../words.ts";

export const testMetricFilter = operation({
  name: "TestMetricFilter",
  input: structure({
    filterPattern: words.FilterPattern,
    logEventMessages: list({ min: 1, anyCharacter: true }, { min: 1, max: 50 }),
  }),
  output: structure({
    matches: z.array(
      structure({
        eventNumber: z.number(),
        eventMessage: z.string(),
        extractedValues: z.record(z.string(), z.string()),
      }),
    ),
  }),
  errors: [InvalidParameterException],
  async handle(input, _context, { threads }: Pick<LogsDeps, "threads">) {
    const pattern = filterPattern(input.filterPattern);
    const matching = await matchInThread(threads, pattern, input.filterPattern, input.logEventMessages);
    return {
      matches: input.logEventMessages.flatMap((eventMessage, at) =>
        matching[at] === true
          ? [{ eventNumber: at + 1, eventMessage, extractedValues: pattern.extract(eventMessage) }]
          : [],
      ),
    };
  },
});
