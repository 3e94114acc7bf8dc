import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SqsDeps } from "../deps.ts";
import {
  missingParameter,
  MissingRequiredParameterException,
  ResourceNotFoundException,
  UnsupportedOperation,
} from "../errors.ts";
import { parseTaskHandle } from "../moveTask.ts";
import * as words from "../words.ts";

export const cancelMessageMoveTask = operation({
  name: "CancelMessageMoveTask",
  input: structure({ TaskHandle: words.Text }),
  output: structure({ ApproximateNumberOfMessagesMoved: z.int() }),
  errors: [MissingRequiredParameterException, ResourceNotFoundException, UnsupportedOperation],
  async handle({ TaskHandle }, context, { moveTasks }: Pick<SqsDeps, "moveTasks">) {
    if (!TaskHandle) throw missingParameter("TaskHandle");
    const named = parseTaskHandle(TaskHandle);
    const task = named && (await moveTasks.find(context, named.taskId));
    // Access was decided for the queue that the handle names.
    if (!task || task.sourceArn !== named.sourceArn) throw new ResourceNotFoundException("Task does not exist.");
    const moved = await moveTasks.cancel(task.id);
    if (moved === undefined) throw new UnsupportedOperation("Only active tasks can be cancelled.");
    return { ApproximateNumberOfMessagesMoved: moved };
  },
});
