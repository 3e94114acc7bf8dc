import type { OutgoingMessage } from "@hearth/model";

/**
 * The beginning of the keys under which a bucket gets records, without the last slash: `parameters.folder`, such as `aws/lambda/<UUID of the mapping>/<shard>`,
 * or else that of asynchronous invocations.
 */
export function recordFolder({ sender, parameters }: Pick<OutgoingMessage, "sender" | "parameters">): string {
  const given = parameters?.["folder"];
  if (typeof given === "string") return given;
  return `aws/lambda/async/${sender.kind === "function" ? sender.FunctionName : sender.principal}`;
}
