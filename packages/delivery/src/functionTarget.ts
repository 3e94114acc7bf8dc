import { MAX_ASYNC_PAYLOAD_BYTES, parseFunctionReference } from "@hearth/model";
import { type NewEvent, sendEvents, type Transaction } from "@hearth/store";
import { DeliveryRefused } from "./deliveryRefused.ts";
import { type Committed, sendTogether, type TargetKind } from "./targetKind.ts";

export interface FunctionTargetDeps {
  /** Wakes a worker for an event that was committed. */
  readonly wakeUps: { add(eventId: string): void };
  readonly disk?: { readonly isShort: boolean };
  /** Limits the payloads of an account's events. No limit when absent. */
  readonly quota?: {
    hasRoomFor(event: Pick<NewEvent, "accountId" | "payload">): boolean;
    count(event: Pick<NewEvent, "accountId" | "payload">): void;
  };
}

interface Addressed {
  readonly event: NewEvent;
  readonly TargetArn: string;
}

/** A message to a function becomes an asynchronous invocation of it. It waits in the outbox while the disk, or the account's events, take no more. */
export function functionTarget({ wakeUps, disk, quota }: FunctionTargetDeps): TargetKind {
  const write = async (
    tx: Transaction,
    addressed: readonly Addressed[],
  ): Promise<readonly (Committed | DeliveryRefused)[]> => {
    const sent = await sendEvents(
      tx,
      addressed.map(({ event }) => event),
    );
    return addressed.map(({ event, TargetArn }, at) => {
      if (sent[at] !== true) return new DeliveryRefused(`there is no function ${TargetArn}`, "NO_RESOURCE");
      return () => {
        quota?.count(event);
        wakeUps.add(event.id);
      };
    });
  };
  return {
    name: "function",
    service: "lambda",
    async open({ id, TargetArn, body, traceId, hops }) {
      const target = parseFunctionReference(TargetArn);
      if (target?.accountId === undefined || target.region === undefined) {
        throw new DeliveryRefused(`${TargetArn} is not the ARN of a function`, "INVALID_PARAMETER");
      }
      if (body.byteLength > MAX_ASYNC_PAYLOAD_BYTES) {
        throw new DeliveryRefused(
          `the message has ${body.byteLength} bytes, and asynchronous invocations take at most ${MAX_ASYNC_PAYLOAD_BYTES}`,
          "INVALID_PARAMETER",
        );
      }
      const { accountId, region, FunctionName, Qualifier } = target;
      const event: NewEvent = {
        id,
        accountId,
        region,
        FunctionName,
        ...(Qualifier !== undefined && { Qualifier }),
        payload: body,
        ...(traceId !== undefined && { traceId }),
        hops,
      };
      if (disk?.isShort) throw new Error("the host has too little free disk space for events");
      if (quota && !quota.hasRoomFor(event)) throw new Error("the payloads of the account's events take all they may");
      return sendTogether({ event, TargetArn }, write);
    },
  };
}
