import { structure } from "@hearth/model";
import type { SqsMoveTask } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidParameterValueException,
  invalidValue,
  missingParameter,
  MissingRequiredParameterException,
  ResourceNotFoundException,
} from "../errors.ts";
import { taskHandle } from "../moveTask.ts";
import * as words from "../words.ts";

const MAX_RESULTS = 10;

export const listMessageMoveTasks = operation({
  name: "ListMessageMoveTasks",
  input: structure({ SourceArn: words.Text, MaxResults: words.Whole }),
  output: structure({
    Results: words
      .entries(
        "ListMessageMoveTasksResultEntry",
        structure({
          TaskHandle: z.string().optional(),
          Status: z.string(),
          SourceArn: z.string(),
          DestinationArn: z.string().optional(),
          MaxNumberOfMessagesPerSecond: z.int().optional(),
          ApproximateNumberOfMessagesMoved: z.int(),
          ApproximateNumberOfMessagesToMove: z.int().optional(),
          FailureReason: z.string().optional(),
          StartedTimestamp: z.int(),
        }),
      )
      .optional(),
  }),
  errors: [InvalidParameterValueException, MissingRequiredParameterException, ResourceNotFoundException],
  async handle({ SourceArn, MaxResults = 1 }, _context, { queues, moveTasks }: Pick<SqsDeps, "queues" | "moveTasks">) {
    if (!SourceArn) throw missingParameter("SourceArn");
    if (MaxResults < 1 || MaxResults > MAX_RESULTS) {
      throw invalidValue(MaxResults, "MaxResults", "Must be between 1 and 10, if provided.");
    }
    if (!(await queues.findByArn(SourceArn))) {
      throw new ResourceNotFoundException("The resource that you specified for the SourceArn parameter doesn't exist.");
    }
    const tasks = await moveTasks.list(SourceArn, MaxResults);
    return tasks.length > 0 ? { Results: tasks.map(toEntry) } : {};
  },
});

function toEntry(task: SqsMoveTask) {
  const { destinationArn, perSecond, failureReason } = task;
  return {
    ...(task.status === "RUNNING" && { TaskHandle: taskHandle(task.id, task.sourceArn) }),
    Status: task.status,
    SourceArn: task.sourceArn,
    ...(destinationArn !== null && { DestinationArn: destinationArn }),
    ...(perSecond !== null && { MaxNumberOfMessagesPerSecond: perSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(failureReason !== null && { FailureReason: failureReason }),
    StartedTimestamp: Math.floor(task.startedAt),
  };
}
