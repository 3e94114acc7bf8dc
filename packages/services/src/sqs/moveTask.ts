/** Tasks of StartMessageMoveTask are named by a text that says which queue they empty. */
export function taskHandle(taskId: string, SourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn: SourceArn })).toString("base64");
}

interface TaskName {
  readonly taskId: string;
  readonly sourceArn: string;
}

/** `undefined` for a text that `taskHandle` has not made. */
export function parseTaskHandle(handle: string): TaskName | undefined {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString()) as Partial<TaskName>;
    const isId = typeof taskId === "string" && /^[0-9a-f-]{36}$/.test(taskId);
    return isId && typeof sourceArn === "string" ? { taskId, sourceArn } : undefined;
  } catch {
    return undefined;
  }
}

export function sourceOfTask(handle: string | undefined): string | undefined {
  return handle === undefined ? undefined : parseTaskHandle(handle)?.sourceArn;
}
