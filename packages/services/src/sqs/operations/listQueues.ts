import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import { InvalidParameterValueException } from "../errors.ts";
import { cursorOf, pageSize, pageToken } from "../paging.ts";
import { queueUrl } from "../queueUrl.ts";
import * as words from "../words.ts";

export const listQueues = operation({
  name: "ListQueues",
  input: structure({ QueueNamePrefix: words.Text, NextToken: words.Text, MaxResults: words.Whole }),
  output: structure({ QueueUrls: words.QueueUrls.optional(), NextToken: z.string().optional() }),
  errors: [InvalidParameterValueException],
  async handle(input, context, { queues }: Pick<SqsDeps, "queues">) {
    const limit = pageSize(input.MaxResults);
    const query = { prefix: input.QueueNamePrefix, after: cursorOf(input.NextToken), limit: limit + 1 };
    const found = await queues.store.list(context, query);
    const QueueUrls = found.slice(0, limit).map((queue) => queueUrl(context, queue));
    return { ...(QueueUrls.length > 0 && { QueueUrls }), ...pageToken(found, limit, input.MaxResults) };
  },
});
