import type { OutgoingMessage, Sender } from "@hearth/model";

/** A row of the outbox, without its state. */
export interface DeliveryRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string | null;
  readonly Role: string | null;
  readonly log_group: string | null;
  readonly principal: string | null;
  readonly source_arn: string | null;
  readonly RoleArn: string | null;
  readonly event_id: string | null;
  readonly purpose: OutgoingMessage["purpose"];
  readonly target: string;
  readonly body: Buffer;
  readonly attributes: OutgoingMessage["attributes"];
  readonly trace_id: string | null;
  readonly hops: number;
  readonly group_id: string | null;
  readonly dedup_id: string | null;
  readonly retry: OutgoingMessage["retry"] | null;
  readonly dead_letter: string | null;
  readonly parameters: OutgoingMessage["parameters"] | null;
}

/** SQL: the columns of `DeliveryRow`. */
export const DELIVERY_COLUMNS = `id, account_id, region, "FunctionName", "Role", log_group, principal, source_arn, "RoleArn", event_id, purpose, target, body,
  attributes, trace_id, hops, group_id, dedup_id, retry, dead_letter, parameters`;

/** Values for `DELIVERY_COLUMNS`, in their order. */
export function deliveryValues(message: OutgoingMessage): readonly unknown[] {
  const { sender, retry, parameters } = message;
  const ofFunction = sender.kind === "function" ? sender : undefined;
  const ofService = sender.kind === "service" ? sender : undefined;
  return [
    message.id,
    sender.accountId,
    sender.region,
    ofFunction?.FunctionName ?? null,
    ofFunction?.Role ?? null,
    ofFunction?.LogGroup ?? null,
    ofService?.principal ?? null,
    ofService?.sourceArn ?? null,
    ofService?.RoleArn ?? null,
    message.eventId ?? null,
    message.purpose,
    message.TargetArn,
    message.body,
    JSON.stringify(message.attributes),
    message.traceId ?? null,
    message.hops,
    message.messageGroupId ?? null,
    message.messageDeduplicationId ?? null,
    retry === undefined ? null : JSON.stringify(retry),
    message.deadLetterArn ?? null,
    parameters === undefined ? null : JSON.stringify(parameters),
  ];
}

export function messageOf(row: DeliveryRow): OutgoingMessage {
  return {
    id: row.id,
    ...(row.event_id !== null && { eventId: row.event_id }),
    sender: senderOf(row),
    purpose: row.purpose,
    TargetArn: row.target,
    body: row.body,
    attributes: row.attributes,
    ...(row.trace_id !== null && { traceId: row.trace_id }),
    hops: row.hops,
    ...(row.group_id !== null && { messageGroupId: row.group_id }),
    ...(row.dedup_id !== null && { messageDeduplicationId: row.dedup_id }),
    ...(row.retry && { retry: row.retry }),
    ...(row.dead_letter !== null && { deadLetterArn: row.dead_letter }),
    ...(row.parameters && { parameters: row.parameters }),
  };
}

function senderOf({ account_id, region, ...row }: DeliveryRow): Sender {
  if (row.principal === null) {
    return {
      kind: "function",
      accountId: account_id,
      region,
      FunctionName: row.FunctionName ?? "",
      Role: row.Role ?? "",
      LogGroup: row.log_group ?? "",
    };
  }
  return {
    kind: "service",
    accountId: account_id,
    region,
    principal: row.principal,
    sourceArn: row.source_arn ?? "",
    ...(row.RoleArn !== null && { RoleArn: row.RoleArn }),
  };
}
