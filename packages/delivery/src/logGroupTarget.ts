import type { Clock } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { LogChunkStore, LogGroupStore, LogStreamStore } from "@hearth/store";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { OutsideKind } from "./outsideKind.ts";

export interface LogGroupTargetDeps {
  readonly groups: Pick<LogGroupStore, "find">;
  readonly streams: Pick<LogStreamStore, "create" | "find">;
  readonly chunks: Pick<LogChunkStore, "insert">;
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
}

/**
 * A message to a log group becomes a log event of it, in a stream with the name of the rule. It is sent from the outbox, because log events are written in
 * batches of their own and not in a caller's transaction: one may be written twice.
 */
export function logGroupTarget({ groups, streams, chunks, disk, clock }: LogGroupTargetDeps): OutsideKind {
  return {
    name: "log-group",
    targets: ["logs/log-group", "logs"],
    async attempt(message) {
      const { TargetArn } = message;
      const [, , , region = "", accountId = "", , logGroupName = ""] = TargetArn.split(":");
      const group = await groups.find({ accountId, region, logGroupName });
      if (!group) throw new DeliveryRefused(`there is no log group ${TargetArn}`, "NO_RESOURCE");
      if (disk.isShort) throw new Error("the host has too little free disk space for log events");
      const now = clock.now();
      const name = streamOf(message);
      await streams.create(group.id, name, now);
      const stream = await streams.find(group.id, name);
      if (!stream) throw new Error(`the log stream ${name} was deleted`);
      await chunks.insert([{ groupId: group.id, streamId: stream.id, events: [logEventOf(message, now)] }], now);
    },
  };
}

function streamOf({ sender, id }: OutgoingMessage): string {
  return sender.kind === "service" ? (sender.sourceArn.split("/").at(-1) ?? id) : sender.FunctionName;
}

/** As on AWS, a template that makes an object with `timestamp` and `message` makes the whole log event. */
function logEventOf({ body }: OutgoingMessage, now: number): { readonly timestamp: number; readonly message: string } {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  try {
    const { timestamp, message } = JSON.parse(text) as { readonly timestamp?: unknown; readonly message?: unknown };
    if (typeof timestamp === "number" && Number.isSafeInteger(timestamp) && timestamp >= 0 && message !== undefined)
      return { timestamp, message: typeof message === "string" ? message : JSON.stringify(message) };
  } catch {
    // Not every text is JSON.
  }
  return { timestamp: now, message: text };
}
