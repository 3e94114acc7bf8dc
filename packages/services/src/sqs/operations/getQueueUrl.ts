import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import { missingParameter, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { queueUrl } from "../queueUrl.ts";
import * as words from "../words.ts";

export const getQueueUrl = operation({
  name: "GetQueueUrl",
  input: structure({ QueueName: words.Text, QueueOwnerAWSAccountId: words.Text }),
  output: structure({ QueueUrl: z.string() }),
  errors: [MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueName, QueueOwnerAWSAccountId }, context, { queues }: Pick<SqsDeps, "queues">) {
    if (!QueueName) throw missingParameter("QueueName");
    const { region } = context;
    const accountId = QueueOwnerAWSAccountId ?? context.accountId;
    const queue = await queues.find({ accountId, region, QueueName });
    if (!queue) throw new QueueDoesNotExist();
    return { QueueUrl: queueUrl(context, queue) };
  },
});
