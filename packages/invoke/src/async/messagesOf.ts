import type { Random } from "@hearth/kit";
import { functionArn, LATEST, type FunctionVersion, type OutgoingMessage } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";
import { lineageName, lineageOf, traceWithoutLineage } from "../lineage.ts";
import { deadLetterAttributes } from "./deadLetterAttributes.ts";
import { type EndedEvent, eventRecord } from "./eventRecord.ts";

/**
 * What the function's owner wants to be sent now that an event has ended: its record to the destination, and the event to the dead-letter queue. Where both
 * are set for failures, both get it. `fn` is absent when the function does not exist any more: then nothing is sent, as on AWS.
 */
export function messagesOf(
  ended: EndedEvent,
  fn: IndexedFunction | undefined,
  nowMs: number,
  random: Pick<Random, "uuid">,
): readonly OutgoingMessage[] {
  const { event, settlement, result } = ended;
  const version = fn && versionOf(fn, event.Qualifier, result?.ExecutedVersion);
  if (!version) return [];
  const config = fn.eventInvokeConfigs?.get(event.Qualifier ?? LATEST);
  const succeeded = settlement.condition === "Success";
  const destination = succeeded ? config?.onSuccess : config?.onFailure;
  const deadLetter = succeeded ? undefined : version.configuration.DeadLetterConfig?.TargetArn;
  if (!destination && !deadLetter) return [];
  const { accountId, region, FunctionName, configuration } = version;
  const common = {
    eventId: event.id,
    sender: {
      kind: "function" as const,
      accountId,
      region,
      FunctionName,
      Role: configuration.Role,
      LogGroup: configuration.LoggingConfig.LogGroup,
    },
    traceId: traceOf(fn, event.traceId),
    hops: result ? 1 : event.hops + 1,
  };
  const messages: OutgoingMessage[] = [];
  if (destination) {
    const body = eventRecord(ended, nowMs);
    const purpose = succeeded ? "OnSuccess" : "OnFailure";
    messages.push({ ...common, id: random.uuid(), purpose, TargetArn: destination, body, attributes: {} });
  }
  if (deadLetter) {
    const attributes = deadLetterAttributes(ended);
    const body = event.payload;
    messages.push({ ...common, id: random.uuid(), purpose: "DeadLetter", TargetArn: deadLetter, body, attributes });
  }
  return messages;
}

/** The version that ran; for an event that did not run, the one that gets most of the traffic. */
function versionOf(fn: IndexedFunction, Qualifier = LATEST, executed: string | undefined): FunctionVersion | undefined {
  return fn.versions.get(executed ?? fn.aliases.get(Qualifier)?.FunctionVersion ?? Qualifier);
}

/** The trace of the event, with the function added to its lineage, so that loops over destinations are found. */
function traceOf(fn: IndexedFunction, traceId: string | undefined): string {
  const { text } = lineageOf(traceId, lineageName(functionArn({ ...fn, Qualifier: undefined })));
  const trace = traceId === undefined ? undefined : traceWithoutLineage(traceId);
  return trace === undefined ? `Lineage=${text}` : `${trace};Lineage=${text}`;
}
