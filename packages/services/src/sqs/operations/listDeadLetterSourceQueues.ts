import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { cursorOf, pageSize, pageToken } from "../paging.ts";
import { findQueue, queueUrl } from "../queueUrl.ts";
import * as words from "../words.ts";

export const listDeadLetterSourceQueues = operation({
  name: "ListDeadLetterSourceQueues",
  input: structure({ QueueUrl: words.QueueUrl, NextToken: words.Text, MaxResults: words.Whole }),
  output: structure({ queueUrls: words.QueueUrls, NextToken: z.string().optional() }),
  errors: [InvalidAddress, InvalidParameterValueException, MissingRequiredParameterException, QueueDoesNotExist],
  async handle(input, context, deps: Pick<SqsDeps, "queues">) {
    const queue = await findQueue(deps, context, input.QueueUrl);
    const limit = pageSize(input.MaxResults);
    const query = { after: cursorOf(input.NextToken), limit: limit + 1 };
    const found = await deps.queues.store.sourcesOf(queue, queue.arn, query);
    const queueUrls = found.slice(0, limit).map((source) => queueUrl(context, source));
    return { queueUrls, ...pageToken(found, limit, input.MaxResults) };
  },
});
