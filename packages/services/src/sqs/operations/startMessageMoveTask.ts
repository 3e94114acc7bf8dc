import { structure } from "@hearth/model";
import { parseQueueArn } from "@hearth/queues";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidParameterValueException,
  invalidValue,
  missingParameter,
  MissingRequiredParameterException,
  ResourceNotFoundException,
  UnsupportedOperation,
} from "../errors.ts";
import { taskHandle } from "../moveTask.ts";
import * as words from "../words.ts";

const MAX_PER_SECOND = 500;

export const startMessageMoveTask = operation({
  name: "StartMessageMoveTask",
  input: structure({
    SourceArn: words.Text,
    DestinationArn: words.Text,
    MaxNumberOfMessagesPerSecond: words.Whole,
  }),
  output: structure({ TaskHandle: z.string() }),
  errors: [
    InvalidParameterValueException,
    MissingRequiredParameterException,
    ResourceNotFoundException,
    UnsupportedOperation,
  ],
  async handle(input, { accountId, region }, deps: Pick<SqsDeps, "queues" | "moveTasks" | "random">) {
    const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond } = input;
    const { queues, moveTasks, random } = deps;
    if (!SourceArn) throw missingParameter("SourceArn");
    if (perSecond !== undefined && (perSecond < 1 || perSecond > MAX_PER_SECOND)) {
      throw invalidValue(perSecond, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.");
    }
    const source = await find(SourceArn, "SourceArn");
    const destination = DestinationArn === undefined ? undefined : await find(DestinationArn, "DestinationArn");
    if (destination && destination.isFifo !== source.isFifo) {
      throw invalidValue(DestinationArn, "DestinationArn", "The source and the destination must be of the same type.");
    }
    const sources = await queues.store.sourcesOf(source, source.arn, { limit: 1 });
    if (sources.length === 0) {
      throw invalidValue(SourceArn, "SourceArn", "Source queue must be configured as a Dead Letter Queue.");
    }
    const id = random.uuid();
    const started = await moveTasks.start({
      id,
      accountId,
      region,
      sourceQueueId: source.id,
      sourceArn: source.arn,
      destinationArn: destination?.arn ?? null,
      perSecond: perSecond ?? null,
    });
    if (!started) {
      throw new UnsupportedOperation(
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
      );
    }
    return { TaskHandle: taskHandle(id, source.arn) };

    async function find(arn: string, parameter: string) {
      const key = parseQueueArn(arn);
      if (!key) throw invalidValue(arn, parameter, "Not a valid ARN of a queue.");
      const queue = key.region === region ? await queues.find(key) : undefined;
      if (queue) return queue;
      throw new ResourceNotFoundException(
        `The resource that you specified for the ${parameter} parameter doesn't exist.`,
      );
    }
  },
});
