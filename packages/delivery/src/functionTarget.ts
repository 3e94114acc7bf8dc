import { MAX_ASYNC_PAYLOAD_BYTES, parseFunctionReference } from "@hearth/model";
import { type NewEvent, sendEvent } from "@hearth/store";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { TargetKind } from "./targetKind.ts";

export interface FunctionTargetDeps {
  /** Wakes a worker for an event that was committed. */
  readonly wakeUps: { add(eventId: string): void };
}

/** A message to a function becomes an asynchronous invocation of it. */
export function functionTarget({ wakeUps }: FunctionTargetDeps): TargetKind {
  return {
    name: "function",
    service: "lambda",
    async open({ id, TargetArn, body, traceId, hops }) {
      const target = parseFunctionReference(TargetArn);
      if (target?.accountId === undefined || target.region === undefined) {
        throw new DeliveryRefused(`${TargetArn} is not the ARN of a function`);
      }
      if (body.byteLength > MAX_ASYNC_PAYLOAD_BYTES) {
        throw new DeliveryRefused(
          `the message has ${body.byteLength} bytes, and asynchronous invocations take at most ${MAX_ASYNC_PAYLOAD_BYTES}`,
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
      return async (tx) => {
        if (!(await sendEvent(tx, event))) throw new DeliveryRefused(`there is no function ${TargetArn}`);
        return () => wakeUps.add(id);
      };
    },
  };
}
